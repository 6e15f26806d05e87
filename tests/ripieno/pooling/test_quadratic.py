import numpy as np
import pytest
from scipy.optimize import minimize

from ripieno.pooling.quadratic import model_minimum, sparse_equivalent


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 4))
    return root.T @ root, rng.normal(size=4) * 3.0, rng.random(4)


def test_minimum_inside_the_bounds_is_newtons_step():
    hessian, gradient = np.diag([2.0, 4.0]), np.array([-1.0, 2.0])
    minimum = model_minimum(hessian, gradient, np.array([1.0, 1.0]), np.ones(2), 1e-10)
    np.testing.assert_allclose(minimum, [1.5, 0.5], rtol=1e-8)


def test_minimum_outside_comes_to_lie_at_exactly_zero():
    minimum = model_minimum(
        np.eye(2), np.array([3.0, 0.0]), np.array([1.0, 1.0]), np.ones(2), 1e-10
    )
    assert minimum[0] == 0.0
    assert minimum[1] == pytest.approx(1.0)


def test_minimum_is_that_slsqp_finds(model):
    hessian, gradient, weights = model
    theirs = minimize(
        lambda y: 0.5 * (y - weights) @ hessian @ (y - weights) + gradient @ (y - weights),
        np.full(4, 0.1),
        bounds=[(0, None)] * 4,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    scale = np.sqrt(np.diag(hessian))
    ours = model_minimum(hessian, gradient, weights, scale, 1e-10)
    np.testing.assert_allclose(ours, theirs.x, atol=1e-5)


def test_of_equal_columns_the_first_takes_all():
    hessian = np.array([[1.0, 0.0, 1.0], [0.0, 2.0, 0.0], [1.0, 0.0, 1.0]])
    sparse = sparse_equivalent(hessian, np.array([0.2, 0.5, 0.3]))
    np.testing.assert_allclose(sparse, [0.5, 0.5, 0.0], rtol=1e-6)
    assert sparse[2] == 0.0


def test_columns_that_count_nothing_take_nothing():
    sparse = sparse_equivalent(np.zeros((2, 2)), np.ones(2))
    assert sparse.tolist() == [0.0, 0.0]
