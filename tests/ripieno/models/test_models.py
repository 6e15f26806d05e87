"""The contract of every architecture."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

from ripieno.errors import ConfigurationError
from ripieno.models import MODELS
from ripieno.models.settings import split_settings
from ripieno.training.augmentation import Augmentation

TINY = {
    "convnet_batchnorm": {"filters": ((4,), (8, 8)), "epochs": 2, "batch_size": 32},
    "dense_batchnorm": {"dense_units": (8,), "epochs": 2, "batch_size": 32},
    "scikit_learn": {"params": {"n_estimators": 10}},
    "separable_convnet": {"filters": ((4,), (8, 8, 8)), "epochs": 2, "batch_size": 32},
}

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation"  # Keras 3.15 with NumPy 2.4
)


@pytest.fixture(scope="module", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(name, training):
    architecture = MODELS[name]
    architecture.check((8, 8, 1), 3, **TINY[name])
    build, fit = split_settings(architecture, TINY[name])
    model = architecture.build((8, 8, 1), 3, training.normaliser, **build)
    return architecture.fit(model, training, 1, lambda epoch: None, **fit)


def test_raw_images_become_probabilities(name, fitted, training):
    proba = MODELS[name].predict_proba(fitted.model, training.validation.images)

    assert proba.shape == (48, 3)
    assert proba.dtype == np.float64
    assert proba.min() >= 0
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)


def test_bytes_and_floats_of_one_image_give_the_same(name, fitted, training):
    images = training.validation.images
    predict_proba = MODELS[name].predict_proba

    np.testing.assert_array_equal(
        predict_proba(fitted.model, images),
        predict_proba(fitted.model, images.astype(np.float32)),
    )


def test_saved_and_loaded_it_predicts_the_same(name, fitted, training, tmp_path):
    architecture = MODELS[name]
    images = training.validation.images

    architecture.save(fitted.model, tmp_path)
    loaded = architecture.load(tmp_path)

    np.testing.assert_allclose(
        architecture.predict_proba(loaded, images),
        architecture.predict_proba(fitted.model, images),
        atol=1e-6,
    )
    assert architecture.n_parameters(loaded) == architecture.n_parameters(fitted.model) > 0


def test_saved_file_holds_no_pickle(name, fitted, tmp_path):
    MODELS[name].save(fitted.model, tmp_path)

    (path,) = tmp_path.iterdir()
    assert path.name in {"model.keras", "model.skops"}
    assert b"pickle" not in path.read_bytes()


def test_history_tells_the_validation_scores(fitted):
    for epoch in fitted.history:
        assert {"validation_log_loss", "validation_accuracy"} <= epoch.metrics.keys()
    assert 1 <= fitted.best_epoch <= len(fitted.history)


def test_more_work_costs_more(name):
    cost = MODELS[name].cost

    assert 0 < cost((8, 8, 1), 100, **TINY[name]) < cost((8, 8, 1), 200, **TINY[name])
    assert cost((8, 8, 1), 100) < cost((16, 16, 1), 100)


def test_sources_are_modules(name):
    for source in MODELS[name].sources:
        __import__(source)


def test_own_module_and_all_it_trains_with_are_sources(name):
    architecture = MODELS[name]
    functions = (architecture.build, architecture.fit, architecture.predict_proba)

    assert {inspect.getmodule(function).__name__ for function in functions} <= {
        *architecture.sources
    }


def test_importing_and_checking_take_no_tensorflow_and_no_scikit_learn(name):
    program = f"""
import sys
from ripieno.models import MODELS
if {name != "scikit_learn"}:
    MODELS[{name!r}].check((8, 8, 1), 3)
heavy = {{"keras", "mlflow", "prefect", "scipy", "skimage", "sklearn", "tensorflow"}}
print(*heavy & sys.modules.keys())
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == ""


@pytest.mark.parametrize("keras_name", [name for name in MODELS if name != "scikit_learn"])
def test_shift_beyond_the_image_is_refused_before_training(keras_name):
    with pytest.raises(ConfigurationError, match="shift"):
        MODELS[keras_name].check((8, 8, 1), 3, augmentation=Augmentation(shift=9))
