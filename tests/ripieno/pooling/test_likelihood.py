import numpy as np
import pytest
from scipy.optimize import approx_fprime

from ripieno.pooling.likelihood import MixtureLikelihood


@pytest.fixture(params=[50, 200_000], ids=["one chunk", "several chunks"])
def likelihood(request):
    return np.random.default_rng(0).random((3, request.param))


WEIGHTS = np.array([0.2, 0.5, 0.3])


def objective(weights, likelihood):
    return -np.mean(np.log(weights @ likelihood))


def test_log_loss_is_that_of_the_weighted_mean(likelihood):
    assert MixtureLikelihood(likelihood).evaluate(WEIGHTS).value == pytest.approx(
        objective(WEIGHTS, likelihood)
    )


def test_gradient_is_the_numerical_one(likelihood):
    numerical = approx_fprime(WEIGHTS, objective, 1e-7, likelihood)
    np.testing.assert_allclose(
        MixtureLikelihood(likelihood).evaluate(WEIGHTS).gradient, numerical, rtol=1e-4
    )


def test_hessian_is_the_numerical_one(likelihood):
    def gradient(weights):
        return -np.mean(likelihood / (weights @ likelihood), axis=1)

    numerical = approx_fprime(WEIGHTS, gradient, 1e-7)
    problem = MixtureLikelihood(likelihood)
    np.testing.assert_allclose(problem.hessian(WEIGHTS, np.arange(3)), numerical, rtol=1e-3)
    of_two = problem.hessian(WEIGHTS, np.array([0, 2]))
    np.testing.assert_allclose(of_two, numerical[::2, ::2], rtol=1e-3)


def test_slope_is_the_gradient_along_a_direction(likelihood):
    direction = np.array([0.5, -0.7, 0.2])
    expected = MixtureLikelihood(likelihood).evaluate(WEIGHTS).gradient @ direction
    assert MixtureLikelihood(likelihood).slope(WEIGHTS, direction) == pytest.approx(
        expected, rel=1e-9
    )


def test_values_below_the_floor_count_as_the_floor():
    point = MixtureLikelihood(np.array([[1.0, 0.0], [0.5, 0.0]])).evaluate(np.array([0.5, 0.5]))
    assert point.value == pytest.approx(-(np.log(0.75) + np.log(2.0**-52)) / 2)
