"""Nodes of scikit-learn members, run by onnxruntime, against the pipelines themselves."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ripieno.data.dataset import LabelledImages
from ripieno.data.normalisation import fit_normaliser
from ripieno.data.storage import TrainingSplits
from ripieno.models.features import Hog, hog
from ripieno.models.scikit_learn import build, fit, predict_proba
from ripieno.serving.onnx.hog import add_hog
from ripieno.serving.onnx.members import add_pipeline
from ripieno.serving.onnx.nodes import Nodes

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")

N_TRAIN = 300
DIGITS = load_digits()
IMAGES = np.rint(DIGITS.images * 255 / 16).astype(np.uint8)[..., np.newaxis]
METHODS = ("temperature", "sigmoid", "isotonic")


def run(nodes, output, images):
    """What onnxruntime makes of images."""
    from onnx import helper

    dtype = helper.np_dtype_to_tensor_dtype(images.dtype)
    inputs = [helper.make_tensor_value_info("images", dtype, [None, *images.shape[1:]])]
    outputs = [onnx.ValueInfoProto(name=output)]
    graph = helper.make_graph(nodes.nodes, "member", inputs, outputs, nodes.constants)
    imports = [helper.make_opsetid(*each) for each in nodes.versions.items()]
    model = helper.make_model(graph, opset_imports=imports)
    model.ir_version = 10
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run([output], {"images": images})[0]


def fitted(name, params=None, n_classes=10, method="temperature", **features):
    """A member trained on some of the digits."""
    chosen = DIGITS.target < n_classes
    images, labels = IMAGES[chosen], DIGITS.target[chosen]
    train = LabelledImages(images[:N_TRAIN], labels[:N_TRAIN])
    validation = LabelledImages(images[-50:], labels[-50:])
    normaliser = fit_normaliser(train.images, (0, 1, 2))
    splits = TrainingSplits(train, validation, tuple("0123456789"[:n_classes]), normaliser)
    model = build((8, 8, 1), n_classes, normaliser, estimator=name, params=params or {}, **features)
    return fit(model, splits, 0, lambda epoch: None, calibration=method).model


def assert_same(model, n_classes=10):
    nodes = Nodes()
    output = add_pipeline(nodes, model, 64, "images")
    images = IMAGES[DIGITS.target < n_classes]
    theirs = predict_proba(model, images)
    np.testing.assert_allclose(run(nodes, output, images), theirs, atol=1e-5)
    assert theirs.shape[1] == n_classes


@pytest.mark.parametrize("n_classes", [2, 3, 10])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["SVC", "LinearSVC"])
def test_every_calibration_has_its_nodes(name, method, n_classes):
    model = fitted(name, n_classes=n_classes, method=method)
    assert_same(model, n_classes)


@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("SVC", {"kernel": "linear"}),
        ("SVC", {"kernel": "poly", "coef0": 0.5}),
        ("SVC", {"kernel": "sigmoid", "gamma": 0.001, "coef0": 0.1}),
        ("NuSVC", {"nu": 0.1}),
        ("RidgeClassifier", {}),
        ("RidgeClassifierCV", {}),
        ("SGDClassifier", {"random_state": 0}),
        ("Perceptron", {"random_state": 0}),
        ("OneVsRestClassifier", {"estimator": "LinearSVC"}),
    ],
)
def test_every_score_that_members_can_have_has_its_nodes(name, params, n_classes):
    model = fitted(name, params, n_classes)
    assert_same(model, n_classes)


@pytest.mark.parametrize(
    ("n_classes", "method"),
    # Isotonic steps between a forest's probabilities, which ONNX has in single precision, are
    # sometimes too steep for ten classes.
    [(2, "temperature"), (2, "sigmoid"), (2, "isotonic"), (10, "temperature"), (10, "sigmoid")],
)
def test_a_calibration_that_somebody_configured_is_the_mean_of_its_folds(n_classes, method):
    forest = {"estimator": "RandomForestClassifier", "params": {"n_estimators": 5, "max_depth": 4}}
    model = fitted("CalibratedClassifierCV", {"estimator": forest, "method": method}, n_classes)
    assert len(model[-1].calibrated_classifiers_) == 5
    assert_same(model, n_classes)


@pytest.mark.parametrize(
    ("name", "params", "features"),
    [
        ("ExtraTreesClassifier", {"n_estimators": 20}, {}),
        ("RandomForestClassifier", {"n_estimators": 20}, {}),  # thresholds that are pixels' values
        ("GradientBoostingClassifier", {"n_estimators": 3}, {}),
        ("LogisticRegression", {}, {"pca_components": 10}),
        ("MLPClassifier", {"hidden_layer_sizes": [16], "max_iter": 50},
         {"hog": Hog(), "pca_components": 10}),
        ("LinearSVC", {}, {"hog": Hog(cell_size=2)}),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # it need not converge here
def test_pipelines_with_features_have_their_nodes(name, params, features):
    model = fitted(name, params, **features)
    assert_same(model)


@pytest.mark.parametrize(
    ("orientations", "cell_size", "block_size"),
    [(9, 4, 2), (8, 4, 1), (12, 7, 2), (6, 3, 3), (2, 4, 2), (1, 4, 2), (4, 5, 1)],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_gradient_histograms_are_those_of_the_members(
    orientations, cell_size, block_size, channels
):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (100, 19, 23, channels)).astype(np.uint8)
    images[::2] //= 64  # gradients along the axes and the diagonals, on the edges of bins
    images[0] = 7
    nodes = Nodes()
    rows = nodes.add(
        "Reshape", nodes.cast("images", np.float32), np.array([-1, 19 * 23 * channels])
    )
    settings = {"orientations": orientations, "cell_size": cell_size, "block_size": block_size}
    output = add_hog(nodes, rows, (19, 23, channels), **settings)
    np.testing.assert_allclose(run(nodes, output, images), hog(images, Hog(**settings)), atol=1e-6)
