"""Training of Keras members, the same for every architecture."""

import logging
import math
import time
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ripieno.data.storage import TrainingSplits
from ripieno.errors import TrainingError
from ripieno.training.augmentation import Augmentation
from ripieno.training.batches import steps_per_epoch, training_batches
from ripieno.training.best_weights import BestWeights, LastWeights
from ripieno.training.class_weights import ClassWeights, class_weight_array
from ripieno.training.epoch import Epoch
from ripieno.training.loop import Loop, is_finite
from ripieno.training.mirror import average_with_mirror
from ripieno.training.optimisers import Optimiser, build_optimiser
from ripieno.training.record import Fitted
from ripieno.training.schedules import Schedule, learning_rates

logger = logging.getLogger(__name__)

LOGITS = "logits"
"""Name of the layer that every Keras member's softmax follows."""

NO_AUGMENTATION = Augmentation()


def fit_keras(  # noqa: D417  # the settings are described by their fields
    model: Any,
    training: TrainingSplits,
    seed: int,
    on_epoch: Callable[[Epoch], None],
    last_epoch: int | None = None,
    *,
    epochs: Annotated[int, Field(gt=0, description="Passes over the training split at most.")] = 30,
    batch_size: Annotated[int, Field(gt=0, description="Images in a training step.")] = 128,
    optimiser: Annotated[
        Optimiser, Field(description="Rule that turns gradients into steps.")
    ] = "adamw",
    learning_rate: Annotated[float, Field(gt=0, description="Highest learning rate.")] = 3e-3,
    schedule: Annotated[
        Schedule, Field(description="Course of the learning rate after the warm-up.")
    ] = "one_cycle",
    warm_up: Annotated[
        float,
        Field(ge=0, lt=1, description="Share of the steps in which the learning rate rises."),
    ] = 0.2,
    weight_decay: Annotated[
        float,
        Field(ge=0, description="Decoupled decay of kernels, in units of the learning rate."),
    ] = 0.01,
    momentum: Annotated[
        float, Field(ge=0, lt=1, description="Momentum (Nesterov's) of the optimiser sgd alone.")
    ] = 0.9,
    label_smoothing: Annotated[
        float, Field(ge=0, lt=1, description="Share of a label spread evenly over all classes.")
    ] = 0.0,
    patience: Annotated[
        int | None,
        Field(
            gt=0,
            description="Epochs without a lower validation log-loss before stopping; null: all.",
        ),
    ] = None,
    class_weights: Annotated[
        ClassWeights, Field(description="'balanced', or weights > 0 by class name; 1 elsewhere.")
    ] = None,
    augmentation: Annotated[
        Augmentation, Field(description="Random changes to the training images.")
    ] = NO_AUGMENTATION,
    average_flipped: Annotated[
        bool, Field(description="Predict the mean over an image and its mirror image.")
    ] = False,
) -> Fitted:
    """Train a Keras classifier and keep the weights of its best epoch.

    Batch normalisation runs fused while training; the model handed back has stock layers only. The
    same seed gives the same weights, to the bit on a CPU, in this process or in another of as many
    threads.

    Args:
        model: Functional Keras model of stock layers that ends in a layer named `logits` and a
            softmax. Its weights are drawn anew from the seed.
        training: Training and validation split.
        seed: Seed of the weights, the order, the augmentation and dropout; set for the process.
        on_epoch: Called after every epoch.
        last_epoch: The epoch that ends the training and whose weights are kept, however long the
            schedule; None to choose it on the validation split, which otherwise is not looked at.

    Returns:
        The trained model, every epoch, and the number of the best one: that of the lowest
        validation log-loss, without smoothing, weights or mirror images.

    Raises:
        TrainingError: If the loss becomes infinite or NaN.
    """
    import keras

    from ripieno.training.fused import fused_copy

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n_steps = epochs * steps_per_epoch(len(training.train.labels), batch_size)
    copy = fused_copy(model, n_steps)
    network = keras.Model(copy.inputs, copy.get_layer(LOGITS).output)
    rule = build_optimiser(optimiser, learning_rate, weight_decay, momentum)
    loop = _compile(network, rule, label_smoothing, training)

    images, labels = training.train.images, np.asarray(training.train.labels)
    weights = class_weight_array(class_weights, labels, training.class_names)
    rates = learning_rates(schedule, learning_rate, n_steps, warm_up)
    best = BestWeights(patience) if last_epoch is None else LastWeights(last_epoch)
    history: list[Epoch] = []
    for number, epoch_rates in enumerate(rates.reshape(epochs, -1), start=1):
        started = time.perf_counter()
        batches = training_batches(images, labels, weights, batch_size, augmentation, rng)
        metrics = loop.run_epoch(batches, epoch_rates)
        if not is_finite(metrics):
            raise TrainingError(_divergence(number, learning_rate))
        history.append(Epoch(number, epochs, time.perf_counter() - started, metrics))
        on_epoch(history[-1])
        best.update(number, metrics.get("validation_log_loss", math.nan), network)
        if best.is_final(number):
            if last_epoch is None:
                logger.info("Stopped after epoch %d: none was better than %d.", number, best.epoch)
            break
    model.set_weights(best.weights)
    fitted = average_with_mirror(model, LOGITS) if average_flipped else model
    return Fitted(fitted, history, best.epoch)


def _compile(network: Any, rule: Any, label_smoothing: float, training: TrainingSplits) -> Loop:
    from ripieno.training.step import compile_inference, compile_step

    step = compile_step(network, rule, label_smoothing)
    logits = compile_inference(network, training.validation.images)
    return Loop(step, logits, rule, training.validation)


def _divergence(number: int, learning_rate: float) -> str:
    return (
        f"The loss became infinite or NaN in epoch {number}."
        f" Lower learning_rate (now {learning_rate:g}), or raise warm_up."
    )
