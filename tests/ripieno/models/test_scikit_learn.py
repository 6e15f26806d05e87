import subprocess
import sys

import numpy as np
import pytest

from ripieno.data.dataset import LabelledImages
from ripieno.data.storage import TrainingSplits
from ripieno.errors import ConfigurationError, TrainingError
from ripieno.models.estimators import CLASSIFIERS, UNFIT
from ripieno.models.features import Hog
from ripieno.models.pipeline_file import load, save
from ripieno.models.scikit_learn import build, check, fit, predict_proba

BINARY_ONLY = {"FixedThresholdClassifier", "TunedThresholdClassifierCV"}
NEED_COUNTS = {"CategoricalNB", "ComplementNB", "MultinomialNB"}
TWO = {"bayes": "GaussianNB", "tree": "DecisionTreeClassifier"}
PARAMS = {
    "AdaBoostClassifier": {"n_estimators": 5},
    "CategoricalNB": {"min_categories": 2},
    "FixedThresholdClassifier": {"estimator": "GaussianNB"},
    "GradientBoostingClassifier": {"n_estimators": 5},
    "HistGradientBoostingClassifier": {"max_iter": 5},
    "LabelPropagation": {"gamma": 0.01},
    "LabelSpreading": {"gamma": 0.01},
    "LogisticRegressionCV": {"use_legacy_attributes": False, "l1_ratios": [0], "cv": 2},
    "MLPClassifier": {"max_iter": 2000, "hidden_layer_sizes": [4]},
    "OneVsOneClassifier": {"estimator": "LinearSVC"},
    "OneVsRestClassifier": {"estimator": "LinearSVC"},
    "QuadraticDiscriminantAnalysis": {"solver": "eigen", "shrinkage": 0.5},
    "RadiusNeighborsClassifier": {"radius": 1e3},
    "SelfTrainingClassifier": {"estimator": "GaussianNB"},
    "StackingClassifier": {"estimators": TWO},
    "TunedThresholdClassifierCV": {"estimator": "GaussianNB"},
    "VotingClassifier": {"estimators": TWO, "voting": "soft"},
}


def fitted(training, seed=0, fit_settings=None, **settings):
    image_shape, n_classes = training.image_shape, len(training.class_names)
    check(image_shape, n_classes, **settings, **(fit_settings or {}))
    model = build(image_shape, n_classes, training.normaliser, **settings)
    return fit(model, training, seed, lambda epoch: None, **(fit_settings or {}))


def of_two_classes(training):
    def keep(split):
        kept = split.labels < 2
        return LabelledImages(split.images[kept], split.labels[kept])

    return TrainingSplits(
        keep(training.train),
        keep(training.validation),
        training.class_names[:2],
        training.normaliser,
    )


@pytest.mark.parametrize("name", sorted(CLASSIFIERS.keys() - UNFIT.keys()))
@pytest.mark.filterwarnings("ignore:Class PassiveAggressiveClassifier is deprecated")  # from 1.8 on
def test_every_classifier_is_trained_saved_and_loaded(name, training, tmp_path):
    if name in BINARY_ONLY:
        training = of_two_classes(training)
    hog = Hog(cell_size=2) if name in NEED_COUNTS else None

    result = fitted(training, estimator=name, params=PARAMS.get(name, {}), hog=hog)
    save(result.model, tmp_path)

    images = training.validation.images
    proba = predict_proba(load(tmp_path), images)
    assert proba.shape == (len(images), len(training.class_names))
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(proba, predict_proba(result.model, images))


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ({}, ["normaliser", "classifier"]),
        ({"pca_components": 3}, ["normaliser", "pca", "classifier"]),
        ({"hog": Hog(cell_size=2)}, ["hog", "classifier"]),
        ({"hog": Hog(cell_size=2), "pca_components": 3}, ["hog", "pca", "classifier"]),
    ],
)
def test_steps_are_those_that_are_asked_for(training, settings, steps):
    result = fitted(training, estimator="GaussianNB", **settings)

    assert [name for name, _ in result.model.steps] == steps
    assert result.history[0].metrics["validation_accuracy"] > 0.9


def test_same_seed_gives_the_same_and_another_seed_another(training):
    def proba(seed):
        result = fitted(training, seed, estimator="ExtraTreeClassifier", pca_components=5)
        return predict_proba(result.model, training.train.images[:, ::-1])

    np.testing.assert_array_equal(proba(1), proba(1))
    assert not np.array_equal(proba(1), proba(2))


def test_one_epoch_tells_the_validation_scores(training):
    epochs = []
    model = build((8, 8, 1), 3, training.normaliser, estimator="DummyClassifier")

    fit(model, training, 0, epochs.append)

    (epoch,) = epochs
    assert (epoch.number, epoch.n_epochs) == (1, 1)
    # The most frequent class, the first of equals, and one-hot probabilities that are never 0.
    assert epoch.metrics["validation_accuracy"] == pytest.approx(1 / 3)
    assert epoch.metrics["validation_log_loss"] == pytest.approx(np.log(3), rel=1e-3)


def test_class_weights_reach_the_classifier(training):
    result = fitted(
        training,
        estimator="DummyClassifier",
        fit_settings={"class_weights": {"top": 2.0}},
    )

    # Weights 2 : 1 : 1 of equally many samples.
    np.testing.assert_allclose(
        predict_proba(result.model, training.validation.images[:1]), [[0.5, 0.25, 0.25]]
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"estimator": "SVM"}, "Unknown estimator 'SVM'"),
        ({"params": {"n_estimators": 0}}, "n_estimators"),
        ({"hog": Hog(cell_size=5)}, "smaller than one block"),
        ({"pca_components": 65}, r"at most the number of features \(64\), received 65"),
        (
            {"estimator": "VotingClassifier", "params": {"estimators": TWO}},
            "gives neither probabilities nor scores",
        ),
        ({"estimator": "GaussianProcessClassifier", "class_weights": "balanced"}, "cannot weigh"),
    ],
)
def test_mistakes_are_found_before_training(settings, message):
    with pytest.raises(ConfigurationError, match=message):
        check((8, 8, 1), 3, **settings)


def test_unknown_classifier_is_refused_without_importing_scikit_learn():
    program = """
import sys
from ripieno.errors import ConfigurationError
from ripieno.models.scikit_learn import check
try:
    check((8, 8, 1), 3, estimator="Forest")
except ConfigurationError:
    print("sklearn" in sys.modules)
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "False"


def test_what_scikit_learn_cannot_fit_is_one_line(training):
    with pytest.raises(TrainingError, match=r"^MultinomialNB: Negative values") as raised:
        fitted(training, estimator="MultinomialNB")

    assert "\n" not in str(raised.value)


def test_warnings_of_scikit_learn_are_logged_in_one_line(training, caplog):
    fitted(training, estimator="MLPClassifier", params={"max_iter": 1})

    (record,) = caplog.records
    assert record.getMessage().startswith("MLPClassifier: Stochastic Optimizer: Maximum iterations")


def test_class_without_training_samples_is_named(training):
    names = (*training.class_names, "nowhere")
    training = TrainingSplits(training.train, training.validation, names, training.normaliser)

    with pytest.raises(TrainingError, match="No training samples of 'nowhere'"):
        fitted(training)
