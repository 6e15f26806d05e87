import numpy as np
import pytest

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import METRICS, log_loss
from ripieno.pooling.auto import auto
from ripieno.pooling.best_member import best_member


def test_noise_is_left_out(simulate):
    proba, labels = simulate(2, 300, seed=1)
    proba[1] = np.random.default_rng(0).dirichlet(np.ones(4), size=300)
    pool = auto(proba, labels)
    assert pool.weights[1] < 0.05 * pool.weights[0]


def test_equal_members_of_independent_errors_are_averaged():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, size=3000)
    powers = np.exp(1.5 * np.eye(3)[labels] + rng.normal(size=(4, 3000, 3)))
    proba = powers / powers.sum(axis=2, keepdims=True)
    assert auto(proba, labels, scale_temperatures=False).rule in ("uniform", "log_pool")
    assert log_loss(auto(proba, labels).predict_proba(proba), labels) < 0.8 * min(
        log_loss(member, labels) for member in proba
    )


def test_unequal_members_are_weighted(simulate):
    proba, labels = simulate(4, 5000)
    assert auto(proba, labels).rule in ("linear_pool", "log_pool")


def test_one_sample_leaves_the_default(simulate):
    assert auto(*simulate(3, 1)).rule == "log_pool"


@pytest.mark.parametrize("objective", ["accuracy", "brier"])
def test_another_objective_is_compared_by_name(objective, simulate):
    proba, labels = simulate(4, 500)
    pooled = METRICS[objective](
        auto(proba, labels, objective=objective).predict_proba(proba), labels
    )
    alone = METRICS[objective](best_member(proba, labels).predict_proba(proba), labels)
    assert pooled >= alone if objective == "accuracy" else pooled <= alone


def test_unknown_objective_is_refused(validation):
    with pytest.raises(ConfigurationError, match="Unknown objective 'f1'"):
        auto(*validation, objective="f1")
