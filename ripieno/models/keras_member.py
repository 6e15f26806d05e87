"""What all Keras architectures do alike once they are trained."""

from functools import partial
from pathlib import Path
from typing import Any

from ripieno.training.inference import in_batches
from ripieno.types import FloatArray, ImageArray

FILE_NAME = "model.keras"

SOURCES = (
    "ripieno.models.keras_member",
    "ripieno.models.layers",
    "ripieno.training.augmentation",
    "ripieno.training.batches",
    "ripieno.training.best_weights",
    "ripieno.training.class_weights",
    "ripieno.training.fit",
    "ripieno.training.fused",
    "ripieno.training.inference",
    "ripieno.training.loop",
    "ripieno.training.mirror",
    "ripieno.training.optimisers",
    "ripieno.training.schedules",
    "ripieno.training.step",
)
"""Modules that decide what any trained Keras member is."""

FEW_IMAGES = 500
"""Up to so many, calling the model layer by layer takes less time than compiling it."""

BACKWARD = 3
"""A training step costs about as much as three forward passes."""

LIBRARIES = ("keras", "numpy", "tensorflow")


def predict_proba(model: Any, images: ImageArray) -> FloatArray:
    """Class probabilities of raw images, by the model itself in large batches.

    Args:
        model: Keras model with a softmax at its end.
        images: Images of shape (n_samples, h, w, c), uint8 or float32; may be a memory map.

    Returns:
        Probabilities of shape (n_samples, n_classes), float64; rows sum to 1.
    """
    from ripieno.training.step import compile_inference

    few = len(images) <= FEW_IMAGES
    function = partial(model, training=False) if few else compile_inference(model, images)
    proba = in_batches(function, images)
    proba /= proba.sum(axis=1, keepdims=True)
    return proba


def save(model: Any, directory: Path) -> None:
    """Write a stock `model.keras`, which Keras loads without ripieno."""
    model.save(Path(directory) / FILE_NAME)


def load(directory: Path) -> Any:
    """Read `model.keras` in safe mode: no code in it is run."""
    from keras import models

    return models.load_model(Path(directory) / FILE_NAME, compile=False, safe_mode=True)


def n_parameters(model: Any) -> int:
    """Number of weights, the running moments of batch normalisation included."""
    return int(model.count_params())
