import numpy as np
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from ripieno.evaluation.ambiguity import ambiguity_decomposition, bias_variance_diversity
from ripieno.evaluation.metrics import log_loss


def draw(shape, n_classes, seed, with_zeros=False):
    """Random probabilities of shape (*shape, n_classes) and labels, in floating-point rows."""
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(n_classes, 0.5), size=shape)
    if with_zeros:
        hard = rng.random(shape) < 0.3
        proba[hard] = np.eye(n_classes)[proba[hard].argmax(axis=-1)]
    return proba, rng.integers(0, n_classes, size=shape[-1])


def geometric_mean(proba, axis):
    """The normalised geometric mean, by way of logarithms."""
    return scipy.special.softmax(np.log(proba).mean(axis=axis), axis=-1)


def test_two_members_by_hand():
    proba = np.array([[[0.8, 0.2]], [[0.2, 0.8]]])
    found = ambiguity_decomposition(proba, np.array([0]))
    # The geometric mean is 0.4 and 0.4, in all 0.8, normalised one half.
    assert found.mean_member_log_loss == pytest.approx(-(np.log(0.8) + np.log(0.2)) / 2)
    assert found.diversity == pytest.approx(-np.log(0.8))
    assert found.ensemble_log_loss == pytest.approx(np.log(2))


def test_weights_by_hand():
    proba = np.array([[[0.81, 0.19]], [[0.16, 0.84]]])
    found = ambiguity_decomposition(proba, np.array([0]), [0.5, 0.5])
    total = 0.9 * 0.4 + np.sqrt(0.19 * 0.84)
    assert found.ensemble_log_loss == pytest.approx(-np.log(0.36 / total))
    found = ambiguity_decomposition(proba, np.array([0]), [0.25, 0.75])
    powers = 0.81**0.25 * 0.16**0.75, 0.19**0.25 * 0.84**0.75
    assert found.ensemble_log_loss == pytest.approx(-np.log(powers[0] / sum(powers)))
    assert found.diversity == pytest.approx(-np.log(sum(powers)))


def test_equal_members_have_no_diversity():
    proba, labels = draw((1, 100), 5, seed=0)
    found = ambiguity_decomposition(np.repeat(proba, 4, axis=0), labels)
    assert found.diversity == pytest.approx(0.0, abs=1e-15)
    assert found.ensemble_log_loss == pytest.approx(
        sklearn.metrics.log_loss(labels, proba[0], labels=range(5))
    )


def test_member_without_weight_does_not_count():
    proba, labels = draw((2, 50), 3, seed=1)
    found = ambiguity_decomposition(proba, labels, [1.0, 0.0])
    assert found.ensemble_log_loss == pytest.approx(log_loss(proba[0], labels))
    assert found.diversity == pytest.approx(0.0, abs=1e-12)


def test_impossible_true_class_costs_what_the_log_loss_says():
    found = ambiguity_decomposition(np.array([[[1.0, 0.0]], [[1.0, 0.0]]]), np.array([1]))
    assert found.ensemble_log_loss == pytest.approx(36.0436534)
    assert found.diversity == pytest.approx(0.0, abs=1e-12)


def test_sure_members_that_contradict_one_another_leave_a_coin_toss():
    found = ambiguity_decomposition(np.array([[[1.0, 0.0]], [[0.0, 1.0]]]), np.array([1]))
    assert found.mean_member_log_loss == pytest.approx(36.0436534 / 2)
    assert found.ensemble_log_loss == pytest.approx(np.log(2))


def test_single_precision_gives_nearly_the_same():
    proba, labels = draw((3, 200), 4, seed=2)
    single = ambiguity_decomposition(proba.astype(np.float32), labels)
    double = ambiguity_decomposition(proba, labels)
    assert single.to_dict() == pytest.approx(double.to_dict(), abs=1e-6)


def test_figures_go_into_the_summary_by_name():
    found = ambiguity_decomposition(*draw((2, 5), 3, seed=3)).to_dict()
    assert list(found) == ["mean_member_log_loss", "diversity", "ensemble_log_loss"]
    assert {type(value) for value in found.values()} == {float}


@pytest.mark.parametrize(
    "weights", [[1.0], [0.5, 0.6], [1.5, -0.5], [np.nan, 1.0], [[0.5, 0.5]]], ids=str
)
def test_weights_that_are_not_shares_are_refused(weights):
    with pytest.raises(ValueError, match="weights: expected 2 values of 0 or more that sum to 1"):
        ambiguity_decomposition(*draw((2, 5), 3, seed=4), weights)


@pytest.mark.parametrize("function", [ambiguity_decomposition, bias_variance_diversity])
def test_other_shapes_are_refused(function):
    with pytest.raises(ValueError, match="proba: expected shape"):
        function(*draw((5,), 3, seed=5))


def test_bias_of_one_trial_is_the_mean_member():
    proba, labels = draw((3, 40), 4, seed=6)
    ambiguity = ambiguity_decomposition(proba, labels)
    found = bias_variance_diversity(proba[np.newaxis], labels)
    assert found.variance == pytest.approx(0.0, abs=1e-15)
    assert found.bias == pytest.approx(ambiguity.mean_member_log_loss)
    assert found.diversity == pytest.approx(ambiguity.diversity)


def test_trials_that_train_the_same_have_no_variance():
    proba, labels = draw((3, 40), 4, seed=7)
    found = bias_variance_diversity(np.stack([proba, proba]), labels)
    assert found.variance == pytest.approx(0.0, abs=1e-15)


def test_members_that_are_the_same_have_no_diversity():
    proba, labels = draw((4, 1, 40), 4, seed=8)
    found = bias_variance_diversity(np.repeat(proba, 3, axis=1), labels)
    assert found.diversity == pytest.approx(0.0, abs=1e-15)
    assert found.variance > 0.1


@given(
    st.integers(1, 6),
    st.integers(1, 30),
    st.integers(2, 6),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_ensemble_is_mean_member_less_diversity(n_members, n_samples, n_classes, zeros, seed):
    proba, labels = draw((n_members, n_samples), n_classes, seed, zeros)
    weights = np.random.default_rng(seed).dirichlet(np.ones(n_members))
    found = ambiguity_decomposition(proba, labels, weights)
    floored = np.maximum(proba, np.finfo(float).eps)
    ensemble = scipy.special.softmax(np.tensordot(weights, np.log(floored), axes=1), axis=1)
    members = [-np.log(member[np.arange(n_samples), labels]).mean() for member in floored]
    divergences = scipy.stats.entropy(ensemble, floored, axis=2).mean(axis=1)
    assert found.mean_member_log_loss == pytest.approx(weights @ members, abs=1e-9)
    assert found.diversity == pytest.approx(weights @ divergences, abs=1e-9)
    assert found.ensemble_log_loss == pytest.approx(log_loss(ensemble, labels), abs=1e-9)
    assert found.diversity >= 0.0


@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 10),
    st.integers(2, 5),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_expected_loss_is_bias_and_variance_less_diversity(
    n_trials, n_members, n_samples, n_classes, zeros, seed
):
    proba, labels = draw((n_trials, n_members, n_samples), n_classes, seed, zeros)
    found = bias_variance_diversity(proba, labels)
    proba = np.maximum(proba, np.finfo(float).eps)
    centroids, ensembles = geometric_mean(proba, axis=0), geometric_mean(proba, axis=1)
    variance = scipy.stats.entropy(centroids[np.newaxis], proba, axis=-1).mean()
    diversity = scipy.stats.entropy(ensembles[:, np.newaxis], proba, axis=-1).mean()
    expected = np.mean([log_loss(ensemble, labels) for ensemble in ensembles])
    bias = np.mean([log_loss(centroid, labels) for centroid in centroids])
    assert found.bias == pytest.approx(bias, abs=1e-9)
    assert found.variance == pytest.approx(variance, abs=1e-9)
    assert found.diversity == pytest.approx(diversity, abs=1e-9)
    assert found.ensemble_log_loss == pytest.approx(expected, abs=1e-9)
    assert found.bias + found.variance - found.diversity == pytest.approx(expected, abs=1e-9)
