import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ripieno.data.dataset import LabelledImages
from ripieno.errors import TrainingError
from ripieno.models.dense_batchnorm import build as build_dense
from ripieno.models.separable_convnet import build as build_separable
from ripieno.runtime.worker_process import thread_environment
from ripieno.training.augmentation import Augmentation
from ripieno.training.fit import fit_keras
from ripieno.training.loop import log_loss_of_logits

SETTINGS = {"epochs": 3, "batch_size": 16, "augmentation": Augmentation(shift=1, erase=0.3)}


def fitted(
    training, build=build_dense, seed=5, building=None, on_epoch=lambda epoch: None, **given
):
    model = build((8, 8, 1), 3, training.normaliser, **(building or {"dropout": 0.3}))
    return fit_keras(model, training, seed, on_epoch, **{**SETTINGS, **given})


def proba_of(fitted, training):
    return np.asarray(fitted.model(training.validation.images), np.float64)


def test_learns_and_tells_every_epoch(training):
    epochs = []

    result = fitted(training, epochs=8, learning_rate=0.01, on_epoch=epochs.append)

    assert result.history == epochs
    assert [epoch.number for epoch in epochs] == list(range(1, 9))
    assert epochs[-1].metrics.keys() == {
        "train_log_loss",
        "validation_log_loss",
        "validation_accuracy",
        "learning_rate",
        "images_per_second",
    }
    assert epochs[-1].metrics["train_log_loss"] < epochs[0].metrics["train_log_loss"]
    assert epochs[result.best_epoch - 1].metrics["validation_accuracy"] > 0.9


def test_weights_of_the_best_epoch_come_back(training):
    result = fitted(training, schedule="constant", learning_rate=0.01, epochs=6)

    losses = [epoch.metrics["validation_log_loss"] for epoch in result.history]
    logits = np.log(proba_of(result, training))
    assert result.best_epoch == 1 + int(np.argmin(losses))
    assert log_loss_of_logits(logits, training.validation.labels) == pytest.approx(
        min(losses), rel=1e-4
    )


def test_stops_early(training):
    result = fitted(training, epochs=50, learning_rate=0.3, schedule="constant", patience=1)

    assert len(result.history) == result.best_epoch + 1 < 50


@pytest.mark.parametrize("build", [build_dense, build_separable])
def test_same_seed_gives_the_same_bits_and_another_seed_others(training, build):
    first, second, other = (
        proba_of(fitted(training, build, seed, {"dropout": 0.3}), training) for seed in (5, 5, 6)
    )

    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_fresh_process_gives_the_same_bits_whatever_was_fitted_before():
    program = """
import runpy, sys
conftest, test_fit = (runpy.run_path(path) for path in sys.argv[1:3])
training = conftest["training"].__wrapped__()
for seed in map(int, sys.argv[3:]):
    result = test_fit["fitted"](training, seed=seed)
print(test_fit["proba_of"](result, training).tobytes().hex())
"""
    here = Path(__file__)
    command = [sys.executable, "-c", program, here.with_name("conftest.py"), here]
    # As workers run: TensorFlow adds up in another order where it has another number of threads.
    environment = os.environ | thread_environment(1)
    at_once, later = (
        subprocess.Popen([*command, *seeds], env=environment, stdout=subprocess.PIPE)
        for seeds in (["5"], ["6", "5"])
    )

    bits = at_once.communicate()[0]
    assert bits == later.communicate()[0]
    assert len(bits) > 1000


def test_model_handed_back_has_stock_layers_only(training):
    import keras

    result = fitted(training, build_separable, building={})

    for layer in result.model.layers:
        assert type(layer).__module__.startswith("keras.")
    stock = keras.layers.BatchNormalization
    assert any(type(layer) is stock for layer in result.model.layers)


def test_diverging_loss_says_what_to_lower(training):
    with pytest.raises(TrainingError, match=r"infinite or NaN in epoch 1\. Lower learning_rate"):
        fitted(
            training, optimiser="sgd", learning_rate=1e30, building={"batch_normalisation": "none"}
        )


def test_class_weights_change_what_is_learnt(training):
    plain = proba_of(fitted(training), training)
    weighted = proba_of(fitted(training, class_weights={"top": 50.0}), training)

    assert weighted[:, 0].mean() > plain[:, 0].mean()


def test_label_smoothing_makes_predictions_less_certain(training):
    settings = {"epochs": 10, "learning_rate": 0.01}
    plain, smoothed = (
        proba_of(fitted(training, label_smoothing=share, **settings), training)
        for share in (0.0, 0.4)
    )

    assert smoothed.max(axis=1).mean() < plain.max(axis=1).mean()


def test_averaging_makes_prediction_blind_to_mirroring(training):
    result = fitted(training, average_flipped=True)
    images = training.validation.images

    np.testing.assert_allclose(
        result.model(images), result.model(images[:, :, ::-1]), rtol=1e-5, atol=1e-6
    )


def test_fewer_images_than_a_batch_are_enough(training):
    assert len(fitted(training, batch_size=1000).history) == 3


def test_a_training_of_a_given_length_is_the_longer_one_up_to_there(training):
    # A constant rate keeps the later epochs from being the best.
    given = {"epochs": 6, "learning_rate": 0.3, "schedule": "constant"}
    chosen = fitted(training, **given)
    assert chosen.best_epoch < 6
    none = LabelledImages(training.validation.images[:0], training.validation.labels[:0])
    model = build_dense((8, 8, 1), 3, training.normaliser, dropout=0.3)
    whole = replace(training, validation=none)
    ended = fit_keras(
        model, whole, 5, lambda epoch: None, chosen.best_epoch, **{**SETTINGS, **given}
    )
    assert ended.best_epoch == len(ended.history) == chosen.best_epoch
    assert ended.history[-1].n_epochs == 6
    assert not any(name.startswith("validation") for name in ended.history[-1].metrics)
    np.testing.assert_array_equal(proba_of(ended, training), proba_of(chosen, training))
