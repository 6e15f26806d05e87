import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.evaluation.optimism import TOLERATED_SHARE, expected_optimism, optimism_finding
from ripieno.pooling.mixture import fit_mixture_weights

N_REPEATS = 100


def true_class_proba(n_members, n_samples, rng):
    """What members give the true class, where their plain mean is the truth."""
    proba = rng.dirichlet(np.full(4, 0.5), size=(n_members, n_samples))
    bounds = proba.mean(axis=0).cumsum(axis=1)[:, :-1]
    labels = (bounds < rng.random((n_samples, 1))).sum(axis=1)
    return proba[:, np.arange(n_samples), labels]


def mean_log_loss(weights, likelihood):
    return -float(np.mean(np.log(weights @ likelihood)))


def test_optimism_by_hand():
    assert expected_optimism(5, 1000) == 0.002
    assert expected_optimism(1, 10) == 0.0


def test_fitted_weights_look_better_than_the_best_and_are_worse_by_the_expected_optimism():
    rng = np.random.default_rng(0)
    n_members, n_samples = 3, 300
    best = np.full(n_members, 1.0 / n_members)
    unseen = true_class_proba(n_members, 10_000, rng)
    better, worse = [], []
    for _ in range(N_REPEATS):
        likelihood = true_class_proba(n_members, n_samples, rng)
        fitted = fit_mixture_weights(likelihood)
        better.append(mean_log_loss(best, likelihood) - fitted.log_loss)
        worse.append(mean_log_loss(fitted.weights, unseen) - mean_log_loss(best, unseen))
    # The mean of 100 chi-squared variables of two degrees varies by 10 %.
    expected = expected_optimism(n_members, n_samples)
    assert np.mean(better) == pytest.approx(expected, rel=0.25)
    assert np.mean(worse) == pytest.approx(expected, rel=0.25)


def test_large_sample_is_no_finding():
    assert optimism_finding(5, 10_000, gain=0.01) is None


def test_small_sample_is_said_with_what_would_do():
    assert optimism_finding(5, 1_000, gain=0.01) == (
        "The sample is small for 5 weights: fitting them on 1,000 images costs "
        "0.002 nats on average, more than 10% of the gain of 0.01 nats; 2,000 samples or fewer "
        "members would do."
    )


@pytest.mark.parametrize("gain", [0.0, -0.1])
def test_weights_without_a_gain_are_said_to_cost(gain):
    assert optimism_finding(2, 100, gain) == (
        "The sample is small for 2 weights: fitting them on 100 images costs "
        "0.005 nats on average, and there is no gain to pay for it; fewer members would do."
    )


@pytest.mark.parametrize("gain", [-1.0, 0.0, 1e-12])
def test_one_member_is_no_finding(gain):
    assert optimism_finding(1, 1, gain) is None


@pytest.mark.parametrize("numbers", [(0, 10), (2, 0)])
def test_less_than_one_is_refused(numbers):
    with pytest.raises(ValueError, match=r"expected integers >= 1, received \d+ and \d+"):
        expected_optimism(*numbers)


def test_gain_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="gain: expected a finite number of nats, received nan"):
        optimism_finding(2, 10, float("nan"))


@given(st.integers(2, 100), st.integers(1, 10**7), st.floats(1e-5, 2.0))
def test_finding_is_about_the_share_of_the_gain(n_weighted, n_validation, gain):
    finding = optimism_finding(n_weighted, n_validation, gain)
    too_small = (n_weighted - 1) / (2 * n_validation) > TOLERATED_SHARE * gain
    assert (finding is not None) == too_small
    if finding is not None:
        enough = int(finding.split("; ")[1].split(" ")[0].replace(",", ""))
        assert optimism_finding(n_weighted, enough, gain * (1 + 1e-12)) is None
        assert optimism_finding(n_weighted, enough - 1, gain * (1 - 1e-12)) is not None
