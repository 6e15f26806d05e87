import subprocess
import sys

import keras
import numpy as np
import pytest

from ripieno.models import keras_member
from ripieno.models.separable_convnet import build
from ripieno.training.fit import fit_keras

WITHOUT_RIPIENO = """
import sys

class NoRipieno:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "ripieno":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoRipieno())
import keras
import numpy as np

model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[3], np.asarray(model(np.load(sys.argv[2]))))
assert "ripieno" not in sys.modules
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras 3.15 with NumPy 2.4
def test_saved_model_loads_in_safe_mode_without_ripieno_and_predicts_the_same(training, tmp_path):
    model = build((8, 8, 1), 3, training.normaliser, filters=((4,), (8, 8, 8)), dropout=0.2)
    settings = {"epochs": 2, "batch_size": 16, "average_flipped": True}
    fitted = fit_keras(model, training, 0, lambda epoch: None, **settings)
    images = training.validation.images
    np.save(tmp_path / "images.npy", images)

    keras_member.save(fitted.model, tmp_path)
    files = [tmp_path / name for name in ("model.keras", "images.npy", "proba.npy")]
    subprocess.run([sys.executable, "-c", WITHOUT_RIPIENO, *files], check=True, cwd=tmp_path)

    np.testing.assert_allclose(
        np.load(files[2]), keras_member.predict_proba(fitted.model, images), atol=1e-6
    )


def test_parameters_are_counted_as_keras_counts_them():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])

    assert keras_member.n_parameters(model) == 8
