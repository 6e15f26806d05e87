import numpy as np
import pytest

from ripieno.pooling.newton import Point, minimise


class Barrier:
    """`x - log(x) / 1000`, lowest at 1 / 1000, for one weight in [0, 1]."""

    def evaluate(self, weights):
        x = max(weights[0], 1e-15)
        gradient = 1.0 - 0.001 / x
        gap = max(gradient * x, gradient * (x - 1.0))
        return Point(np.array([x]), x - 0.001 * np.log(x), np.array([gradient]), gap)

    def slope(self, weights, direction):
        return float((1 - 1 / (1000 * weights[0])) * direction[0])

    def model(self, point):
        curvature = 0.001 / point.weights**2
        return lambda damping: np.clip(point.weights - point.gradient / curvature, 0.0, 1.0)


@pytest.mark.parametrize("start", [1.0, 0.5, 1e-3, 1e-8])
def test_minimum_beyond_the_reach_of_the_model_is_found(start):
    point, n_iterations = minimise(Barrier(), Barrier().evaluate(np.array([start])))
    assert point.weights[0] == pytest.approx(1e-3, rel=1e-4)
    assert point.certificate <= 1e-10
    assert n_iterations < 60


def test_steps_may_run_out():
    start = Barrier().evaluate(np.array([1e-8]))
    point, n_iterations = minimise(Barrier(), start, max_iterations=2)
    assert n_iterations == 2
    assert point.certificate > 1e-10
