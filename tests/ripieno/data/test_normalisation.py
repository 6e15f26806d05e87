import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ripieno.data.dataset import batches
from ripieno.data.normalisation import AXES, fit_normaliser, load_normaliser, save_normaliser
from ripieno.errors import ConfigurationError, DataError

SHAPES = {"pixel": (6, 5, 3), "channel": (1, 1, 3), "all": (1, 1, 1)}
image_arrays = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=4, max_dims=4, max_side=6)
) | hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=4, max_dims=4, max_side=6),
    elements=st.floats(-1000, 1000, width=32),
)


@given(image_arrays, st.sampled_from(sorted(AXES)))
def test_moments_are_those_of_numpy(images, per):
    axis = AXES[per]
    normaliser = fit_normaliser(images, axis)
    mean = images.mean(axis=axis, dtype=np.float64, keepdims=True)[0]
    variance = images.var(axis=axis, dtype=np.float64, keepdims=True)[0]
    np.testing.assert_allclose(normaliser.mean, mean, rtol=1e-9, atol=1e-9)
    constant = np.ptp(images, axis=axis, keepdims=True)[0] == 0
    expected = np.where(constant, 1.0, variance)
    np.testing.assert_allclose(normaliser.variance, expected, rtol=1e-9, atol=1e-12)
    assert normaliser.n_constant == constant.sum()


@pytest.mark.parametrize("per", AXES)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_moments_of_several_batches_are_those_of_numpy(per, dtype):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50, 250, 240, 1)).astype(dtype)
    assert len(list(batches(images))) > 2
    normaliser = fit_normaliser(images, AXES[per])
    whole = images.astype(np.float64)
    np.testing.assert_allclose(normaliser.mean, whole.mean(axis=AXES[per], keepdims=True)[0])
    np.testing.assert_allclose(normaliser.variance, whole.var(axis=AXES[per], keepdims=True)[0])


def test_small_spread_on_a_large_offset_is_not_lost():
    images = np.float32(2**20) + np.arange(100, dtype=np.float32).reshape(-1, 1, 1, 1)
    # The variance of 0, ..., n - 1 is (n**2 - 1) / 12.
    assert fit_normaliser(images, (0,)).variance[0, 0, 0] == pytest.approx(9999 / 12, rel=1e-12)


@pytest.mark.parametrize("per", AXES)
def test_moments_have_the_shape_of_one_image(per):
    normaliser = fit_normaliser(np.zeros((4, 6, 5, 3), np.uint8), AXES[per])
    assert normaliser.mean.shape == normaliser.variance.shape == SHAPES[per]
    assert normaliser.mean.dtype == normaliser.variance.dtype == np.float64
    assert normaliser.per == per


def test_other_axes_are_named_by_themselves():
    images = np.zeros((4, 6, 5, 3), np.uint8)
    assert fit_normaliser(images, (1, 0)).per == "(0, 1)"


@given(st.floats(-1e6, 1e6, width=32), st.integers(1, 3000))
def test_constant_feature_stays_constant_and_finite(value, n):
    images = np.full((n, 2, 1, 1), value, np.float32)
    images[:, 1] = np.arange(n, dtype=np.float32).reshape(-1, 1, 1)
    normaliser = fit_normaliser(images, (0,))
    assert normaliser.variance[0, 0, 0] == 1
    assert normaliser.n_constant == 1 + (n == 1)
    np.testing.assert_array_equal(normaliser.apply(images)[:, 0], 0)


def test_normalised_training_images_have_mean_0_and_deviation_1():
    images = np.random.default_rng(0).integers(0, 256, (500, 4, 4, 3), np.uint8)
    normalised = fit_normaliser(images, (0,)).apply(images)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised.mean(axis=0, dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std(axis=0, dtype=np.float64), 1, atol=1e-5)


def test_images_are_left_as_they_are():
    images = np.random.default_rng(0).integers(0, 256, (9, 4, 4, 1), np.uint8)
    before = images.copy()
    fit_normaliser(images, (0,)).apply(images)
    np.testing.assert_array_equal(images, before)


def test_saved_normaliser_comes_back(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (9, 4, 4, 1), np.uint8)
    images[:, 0, 0, 0] = 3
    fitted = fit_normaliser(images, (0,))
    save_normaliser(fitted, tmp_path / "normaliser.npz")
    loaded = load_normaliser(tmp_path / "normaliser.npz")
    np.testing.assert_array_equal(loaded.mean, fitted.mean)
    np.testing.assert_array_equal(loaded.variance, fitted.variance)
    assert (loaded.per, loaded.n_constant) == ("pixel", 1)


@pytest.mark.parametrize("axis", [(), (1, 2), (0, 4), (-1, 0)])
def test_axes_that_do_not_average_over_samples_are_refused(axis):
    with pytest.raises(ConfigurationError, match="axis 0"):
        fit_normaliser(np.zeros((4, 6, 5, 3), np.uint8), axis)


def test_no_images_are_refused():
    with pytest.raises(DataError, match="received none"):
        fit_normaliser(np.zeros((0, 6, 5, 3), np.uint8), (0,))
