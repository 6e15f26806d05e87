import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from ripieno.pooling.geometric import GeometricLogLoss

PRIOR = np.array([0.5, 0.1, 0.4])
WEIGHTS = np.array([0.2, 0.9, 0.4])


@pytest.fixture(params=[50, 40_000], ids=["one chunk", "several chunks"])
def problem(request):
    logits = np.random.default_rng(0).normal(size=(3, request.param, 4))
    logits -= logits[:, :, :1]
    return GeometricLogLoss(logits, np.ones(logits.shape[1]), PRIOR, 0.1)


def test_value_by_hand():
    logits = np.log([[[1.0, 0.5]], [[1.0, 2.0]]])  # (2, 1, 2)
    problem = GeometricLogLoss(logits, np.ones(logits.shape[1]), np.array([1.0, 1.0]), 0.2)
    # One half squared times two is one half: probabilities 2/3 and 1/3; one away from the prior.
    value = problem.evaluate(np.array([2.0, 1.0])).value
    assert value == pytest.approx(np.log(1.5) + 0.1)


def test_certificate_bounds_the_gap_wherever_it_is_asked_for(problem):
    theirs = minimize(
        lambda w: problem.evaluate(w).value,
        PRIOR,
        jac=lambda w: problem.evaluate(w).gradient,
        bounds=[(0, None)] * 3,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    for weights in np.random.default_rng(1).random((20, 3)) * 2.0:
        point = problem.evaluate(weights)
        assert point.value - theirs.fun <= point.certificate + 1e-12
    assert problem.evaluate(theirs.x).certificate == pytest.approx(0.0, abs=1e-9)


def test_gradient_is_the_numerical_one(problem):
    numerical = approx_fprime(WEIGHTS, lambda w: problem.evaluate(w).value, 1e-7)
    np.testing.assert_allclose(problem.evaluate(WEIGHTS).gradient, numerical, rtol=1e-4)


def test_hessian_is_the_numerical_one(problem):
    numerical = approx_fprime(WEIGHTS, lambda w: problem.evaluate(w).gradient, 1e-7)
    np.testing.assert_allclose(
        problem.hessian(WEIGHTS, np.arange(3)), numerical, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        problem.hessian(WEIGHTS, np.array([0, 2])), numerical[::2, ::2], rtol=1e-4, atol=1e-6
    )


def test_slope_is_the_gradient_along_a_direction(problem):
    direction = np.array([0.5, -0.7, 0.2])
    expected = problem.evaluate(WEIGHTS).gradient @ direction
    assert problem.slope(WEIGHTS, direction) == pytest.approx(expected, rel=1e-9)
