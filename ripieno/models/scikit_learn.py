"""Any scikit-learn classifier as a member, on pixels or on histograms of oriented gradients."""

import logging
import math
import os
import time
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field, JsonValue

from ripieno.data.normalisation import Normaliser
from ripieno.data.storage import TrainingSplits
from ripieno.errors import ConfigurationError, RipienoError, TrainingError
from ripieno.models.architecture import Architecture, Epoch, Fitted
from ripieno.models.calibrated import Calibration, calibrated
from ripieno.models.estimator_space import estimator_space
from ripieno.models.estimators import (
    build_classifier,
    check_weights,
    has_probabilities,
    set_seed_and_threads,
)
from ripieno.models.features import Hog, check_hog
from ripieno.models.learnt_values import count_learnt_values
from ripieno.models.pipeline_file import load, save
from ripieno.models.rows import hog_step, normaliser_step, rows_of
from ripieno.models.settings import with_defaults
from ripieno.training.class_weights import ClassWeights, class_weight_array
from ripieno.training.inference import in_batches
from ripieno.training.loop import log_loss_of_logits
from ripieno.types import FloatArray, ImageArray, ImageShape, IntArray

logger = logging.getLogger(__name__)

BATCH_SIZE = 2000  # images that are rows of float32 at a time
SMALLEST_PROBABILITY = 1e-15
PASSES = 100
WORK_PER_VALUE = 20  # multiply-adds of a convolution that take as long as one value takes here
QUADRATIC = {"GaussianProcessClassifier", "LabelPropagation", "LabelSpreading", "NuSVC", "SVC"}
"""Classifiers whose cost grows with the square of the samples, or faster."""


def build(  # noqa: D417  # the settings are described by their fields
    image_shape: ImageShape,
    n_classes: int,  # noqa: ARG001  # the contract's; a classifier learns it from the labels
    normaliser: Normaliser,
    *,
    estimator: Annotated[
        str, Field(description="A classifier of scikit-learn, by the name of its class.")
    ] = "ExtraTreesClassifier",
    params: Annotated[
        dict[str, JsonValue],
        Field(description="Its parameters; scikit-learn's defaults elsewhere."),
    ] = {},  # noqa: B006  # never changed
    hog: Annotated[
        Hog | None,
        Field(description="Histograms of oriented gradients in place of normalised pixels."),
    ] = None,
    pca_components: Annotated[
        int | None, Field(gt=0, description="Principal components to keep; null: no such step.")
    ] = None,
) -> Any:
    """An unfitted pipeline: normaliser or HOG, then perhaps PCA, then the classifier.

    HOG evens out contrast by itself and sees the raw pixels: pixels that were each scaled to a
    variance of their own have misleading gradients.

    Args:
        image_shape: Height, width and channels of the raw images.
        n_classes: Number of classes.
        normaliser: Fitted on the training split; becomes the first step, a stock StandardScaler.

    Returns:
        A stock Pipeline of rows, see `rows_of`.
    """
    from sklearn.decomposition import PCA
    from sklearn.pipeline import Pipeline

    first = normaliser_step(normaliser, image_shape) if hog is None else hog_step(hog, image_shape)
    steps = [("normaliser" if hog is None else "hog", first)]
    if pca_components is not None:
        steps.append(("pca", PCA(pca_components)))
    return Pipeline([*steps, ("classifier", build_classifier(estimator, params))])


def fit(  # noqa: D417  # the settings are described by their fields
    model: Any,
    training: TrainingSplits,
    seed: int,
    on_epoch: Callable[[Epoch], None],
    last_epoch: int | None = None,  # noqa: ARG001  # contract; there is one epoch
    *,
    calibration: Annotated[
        Calibration, Field(description="How scores of a classifier become probabilities.")
    ] = "temperature",
    class_weights: Annotated[
        ClassWeights, Field(description="'balanced', or weights > 0 by class name; 1 elsewhere.")
    ] = None,
) -> Fitted:
    """Fit a pipeline of `build`, which takes one call and counts as one epoch.

    Args:
        model: What `build` made; its steps are fitted in place.
        training: Training and validation split.
        seed: Seed of every step and classifier that takes one.
        on_epoch: Called once.
        last_epoch: Of no meaning here.

    Raises:
        TrainingError: If scikit-learn cannot fit the classifier to these data, or its
            probabilities are not finite.
    """
    started = time.perf_counter()
    name = type(model.named_steps["classifier"]).__name__
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            _fit_steps(model, training, seed, calibration, class_weights)
            seconds = time.perf_counter() - started
            metrics = _validate(model, training)
    except RipienoError:
        raise
    except (ValueError, AttributeError, MemoryError) as error:
        raise TrainingError(f"{name}: {_first_line(error)}") from error
    for text in sorted({_first_line(warning.message) for warning in caught}):
        logger.warning("%s: %s", name, text)
    metrics["images_per_second"] = len(training.train.labels) / seconds
    epoch = Epoch(1, 1, time.perf_counter() - started, metrics)
    on_epoch(epoch)
    return Fitted(model, [epoch], 1)


def _first_line(message: object) -> str:
    return str(message).strip().partition("\n")[0]


def _fit_steps(
    model: Any,
    training: TrainingSplits,
    seed: int,
    calibration: Calibration,
    class_weights: ClassWeights,
) -> None:
    labels = np.asarray(training.train.labels)
    _refuse_missing_classes(labels, training.class_names)
    # The first step knows all it needs: images become features in batches, not all at once.
    features = _first_features(model, training.train.images)
    if "pca" in model.named_steps:
        features = model.named_steps["pca"].set_params(random_state=seed).fit_transform(features)
    classifier = model.named_steps["classifier"]
    n_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    set_seed_and_threads(classifier, seed, n_threads)
    if not has_probabilities(classifier):
        classifier = calibrated(classifier, calibration, labels)
        model.set_params(classifier=classifier)
    weights = None
    if class_weights is not None:
        weights = class_weight_array(class_weights, labels, training.class_names)[labels]
    _fit_classifier(classifier, features, labels, weights)


def _first_features(model: Any, images: ImageArray) -> FloatArray:
    step = model.steps[0][1]
    starts = range(0, len(images), BATCH_SIZE)
    batches = (rows_of(images[start : start + BATCH_SIZE]) for start in starts)
    return np.concatenate([step.transform(batch) for batch in batches])


def _fit_classifier(
    classifier: Any, features: FloatArray, labels: IntArray, weights: FloatArray | None
) -> None:
    from joblib import parallel_config  # type: ignore[import-untyped]

    keywords = {} if weights is None else {"sample_weight": weights}
    with parallel_config(backend="threading"):  # a worker starts no processes of its own
        classifier.fit(features, labels, **keywords)


def _refuse_missing_classes(labels: IntArray, class_names: tuple[str, ...]) -> None:
    missing = sorted(set(range(len(class_names))) - set(np.unique(labels).tolist()))
    if missing:
        names = ", ".join(repr(class_names[label]) for label in missing)
        raise TrainingError(f"No training samples of {names}, which scikit-learn cannot leave out.")


def _validate(model: Any, training: TrainingSplits) -> dict[str, float]:
    if len(training.validation) == 0:
        return {}
    proba = predict_proba(model, training.validation.images)
    labels = np.asarray(training.validation.labels)
    if not np.isfinite(proba).all():
        raise TrainingError("some probabilities are not finite. Choose other parameters.")
    log_proba = np.log(np.maximum(proba, SMALLEST_PROBABILITY))
    return {
        "validation_log_loss": log_loss_of_logits(log_proba, labels),
        "validation_accuracy": float(np.mean(proba.argmax(axis=1) == labels)),
    }


def predict_proba(model: Any, images: ImageArray) -> FloatArray:
    """Class probabilities of raw images, in batches.

    Args:
        model: A fitted pipeline.
        images: Images of shape (n_samples, h, w, c), uint8 or float32; may be a memory map.

    Returns:
        Probabilities of shape (n_samples, n_classes), float64; rows sum to 1.
    """
    proba = in_batches(lambda batch: model.predict_proba(rows_of(batch)), images, BATCH_SIZE)
    proba /= proba.sum(axis=1, keepdims=True)
    return proba


def check(image_shape: ImageShape, n_classes: int, **settings: Any) -> None:  # noqa: ARG001  # contract
    """Refuse unknown classifiers and parameters, and features that these images do not have.

    Raises:
        ConfigurationError: In one line that says what to change.
    """
    chosen = with_defaults(build, settings)
    classifier = build_classifier(chosen["estimator"], chosen["params"])
    if not (has_probabilities(classifier) or hasattr(classifier, "decision_function")):
        raise ConfigurationError(
            f"estimator: {chosen['estimator']} with these parameters gives neither probabilities"
            " nor scores to calibrate."
        )
    if with_defaults(fit, settings)["class_weights"] is not None:
        check_weights(classifier)
    hog = chosen["hog"]
    if hog is not None:
        check_hog(hog, image_shape)
    n_features = _n_features(image_shape, hog)
    if (chosen["pca_components"] or 0) > n_features:
        raise ConfigurationError(
            f"pca_components: expected at most the number of features ({n_features}),"
            f" received {chosen['pca_components']}."
        )


def cost(image_shape: ImageShape, n_train: int, **settings: Any) -> float:
    """Very rough multiply-adds of the whole fit; see `Architecture.cost`."""
    chosen = with_defaults(build, settings)
    n_features = chosen["pca_components"] or _n_features(image_shape, chosen["hog"])
    per_sample = n_train if chosen["estimator"] in QUADRATIC else PASSES
    return float(n_train) * n_features * per_sample * WORK_PER_VALUE


def _n_features(image_shape: ImageShape, hog: Hog | None) -> int:
    return math.prod(image_shape) if hog is None else hog.n_features(image_shape)


SCIKIT_LEARN = Architecture(
    build=build,
    fit=fit,
    predict_proba=predict_proba,
    save=save,
    load=load,
    check=check,
    cost=cost,
    n_parameters=count_learnt_values,
    search_space=estimator_space,
    needs_tensorflow=False,
    sources=(
        __name__,
        "ripieno.models.calibrated",
        "ripieno.models.estimators",
        "ripieno.models.features",
        "ripieno.models.pipeline_file",
        "ripieno.models.rows",
        "ripieno.training.class_weights",
    ),
    libraries=("numpy", "scikit-learn", "scipy", "skops"),
)
