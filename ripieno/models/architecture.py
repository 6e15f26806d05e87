"""What the pipeline asks of an architecture, whatever library trains it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ripieno.models.search_space import Suggests
from ripieno.training.epoch import Epoch
from ripieno.training.record import Fitted
from ripieno.types import FloatArray

__all__ = ["Architecture", "Epoch", "Fitted"]


@dataclass(frozen=True)
class Architecture:
    """The functions of one architecture.

    Settings are the keyword-only parameters of `build` and of `fit`, in one flat namespace.

    Attributes:
        build: `(image_shape, n_classes, normaliser, **settings)` -> unfitted model of raw images.
        fit: `(model, training, seed, on_epoch, last_epoch, **settings)` -> `Fitted`; `last_epoch`
            ends a training without a validation split, None lets that split choose.
        predict_proba: `(model, images)` -> (n_samples, n_classes) float64, rows sum to 1.
        save: `(model, directory)`; writes stock files into an existing directory.
        load: `(directory)` -> model.
        check: `(image_shape, n_classes, **settings)`; raises ConfigurationError for settings that
            cannot work, before any training and without TensorFlow.
        cost: `(image_shape, n_train, **settings)` -> rough multiply-adds of the whole training.
        n_parameters: `(model)` -> number of learnt values.
        search_space: `(trial)` -> settings; what a search may change, each value suggested by a
            trial of Optuna. Settings that it leaves out keep the member's values.
        needs_tensorflow: Whether a worker should import TensorFlow.
        sources: Modules whose source decides what a trained member is.
        libraries: Distributions whose version does.
    """

    build: Callable[..., Any]
    fit: Callable[..., Fitted]
    predict_proba: Callable[[Any, Any], FloatArray]
    save: Callable[..., None]
    load: Callable[..., Any]
    check: Callable[..., None]
    cost: Callable[..., float]
    n_parameters: Callable[[Any], int]
    search_space: Callable[[Suggests], dict[str, Any]]
    needs_tensorflow: bool
    sources: tuple[str, ...]
    libraries: tuple[str, ...]
