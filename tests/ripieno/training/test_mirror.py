import keras
import numpy as np
import pytest
from scipy.special import softmax

from ripieno.training.mirror import average_with_mirror


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras 3.15 with NumPy 2.4
def test_logits_are_averaged_over_image_and_mirror_image_in_stock_layers(tmp_path):
    images = keras.Input((3, 4, 2))
    logits = keras.layers.Dense(3, name="logits")(keras.layers.Flatten()(images))
    model = keras.Model(images, keras.layers.Softmax()(logits))
    pictures = np.random.default_rng(0).normal(size=(5, 3, 4, 2)).astype(np.float32)
    one_way = keras.Model(images, logits)
    mean = (np.asarray(one_way(pictures)) + np.asarray(one_way(pictures[:, :, ::-1]))) / 2

    averaged = average_with_mirror(model, "logits")
    averaged.save(tmp_path / "averaged.keras")
    loaded = keras.models.load_model(tmp_path / "averaged.keras", safe_mode=True)

    np.testing.assert_allclose(loaded(pictures), softmax(mean, axis=1), atol=1e-6)
    assert loaded.count_params() == model.count_params()
