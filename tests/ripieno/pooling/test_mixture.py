import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from ripieno.pooling.mixture import fit_mixture_weights

FLOOR = 2.0**-52


def certificate_of(likelihood, weights):
    """The bound of convexity, written down anew."""
    likelihood = np.maximum(likelihood, FLOOR)
    return np.max(np.mean(likelihood / (weights @ likelihood), axis=1)) - 1.0


def log_loss_of(likelihood, weights):
    return -np.mean(np.log(weights @ np.maximum(likelihood, FLOOR)))


def assert_optimal(likelihood, solution):
    assert solution.certificate <= 1e-9
    assert certificate_of(likelihood, solution.weights) <= 1e-9
    assert np.all(solution.weights >= 0.0)
    assert solution.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert solution.log_loss == pytest.approx(log_loss_of(likelihood, solution.weights), abs=1e-12)


def onto_simplex(point):
    """The nearest weights (Duchi et al. 2008)."""
    descending = np.sort(point)[::-1]
    excess = (np.cumsum(descending) - 1.0) / np.arange(1, len(point) + 1)
    return np.maximum(point - excess[np.flatnonzero(descending > excess)[-1]], 0.0)


def test_exclusive_experts_get_the_share_of_samples_they_know():
    likelihood = np.zeros((3, 10))
    likelihood[0, :5] = likelihood[1, 5:8] = likelihood[2, 8:] = 1.0
    solution = fit_mixture_weights(likelihood)
    np.testing.assert_allclose(solution.weights, [0.5, 0.3, 0.2], rtol=1e-9)
    assert_optimal(likelihood, solution)


def test_two_members_by_hand():
    # -log(w + (1 - w) / 4) - log(w / 2 + (1 - w)) is lowest where 3 / (1 + 3 w) = 1 / (2 - w)
    solution = fit_mixture_weights(np.array([[1.0, 0.5], [0.25, 1.0]]))
    np.testing.assert_allclose(solution.weights, [5 / 6, 1 / 6], rtol=1e-9)


def test_one_member_has_all_weight():
    solution = fit_mixture_weights(np.array([[0.1, 0.9]]))
    assert solution.weights.tolist() == [1.0]
    assert solution.certificate == 0.0


def test_perfect_member_takes_all_weight(simulate):
    likelihood = np.random.default_rng(0).random((5, 200))
    likelihood[3] = 1.0
    solution = fit_mixture_weights(likelihood)
    assert solution.weights.tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert solution.log_loss == 0.0


def test_dominated_member_gets_exactly_nothing():
    better = np.random.default_rng(1).uniform(0.5, 1.0, size=300)
    solution = fit_mixture_weights(np.stack([better * 0.9, better, better * 0.2]))
    assert solution.weights.tolist() == [0.0, 1.0, 0.0]


def test_the_first_of_equal_members_keeps_the_weight():
    likelihood = np.random.default_rng(2).random((3, 500))
    alone = fit_mixture_weights(likelihood)
    solution = fit_mixture_weights(np.vstack([likelihood, likelihood, likelihood]))
    np.testing.assert_allclose(solution.weights[:3], alone.weights, atol=1e-8)
    assert np.count_nonzero(solution.weights[3:]) == 0
    assert_optimal(np.vstack([likelihood] * 3), solution)


def test_a_hundred_equal_members_are_one():
    solution = fit_mixture_weights(np.tile(np.random.default_rng(3).random(50), (100, 1)))
    assert solution.weights[0] == 1.0


def test_mean_of_others_is_redundant():
    likelihood = np.random.default_rng(4).random((3, 500))
    with_mean = np.vstack([likelihood, likelihood.mean(axis=0)])
    solution = fit_mixture_weights(with_mean)
    assert np.count_nonzero(solution.weights) == 3
    assert_optimal(with_mean, solution)


def test_zero_for_a_true_class_is_outweighed():
    likelihood = np.vstack([np.full(1000, 0.9), np.full(1000, 0.1)])
    likelihood[0, 0] = 0.0
    solution = fit_mixture_weights(likelihood)
    assert_optimal(likelihood, solution)
    # Stationary: 0.8 * 999 / (0.1 + 0.8 w) = 1 / (1 - w), so w = 799.1 / 800
    np.testing.assert_allclose(solution.weights, [799.1 / 800, 0.9 / 800], rtol=1e-6)


def test_samples_nobody_knows_do_not_move_the_weights():
    likelihood = np.random.default_rng(5).random((4, 300))
    unknown = np.hstack([likelihood, np.zeros((4, 30))])
    solution = fit_mixture_weights(unknown)
    np.testing.assert_allclose(solution.weights, fit_mixture_weights(likelihood).weights, atol=1e-7)
    assert_optimal(unknown, solution)


def test_nothing_known_at_all_costs_the_floor():
    solution = fit_mixture_weights(np.zeros((3, 10)))
    assert solution.log_loss == pytest.approx(36.0436534)
    assert solution.certificate == 0.0


def test_one_rare_expert_among_many_samples():
    likelihood = np.vstack([np.full(200_000, 0.9), np.full(200_000, 0.1), np.full(200_000, 0.05)])
    likelihood[0, 0] = 0.0
    likelihood[:2, 1] = 0.0
    assert_optimal(likelihood, fit_mixture_weights(likelihood))


def test_each_sample_needs_another_member():
    rng = np.random.default_rng(6)
    likelihood = np.full((20, 5000), 0.02)
    likelihood[0] = 0.9
    for member in range(1, 20):
        likelihood[:, member] = 0.0
        likelihood[member, member] = rng.random() * 10.0 ** -(member / 2)
    assert_optimal(likelihood, fit_mixture_weights(likelihood))


@pytest.mark.parametrize(
    ("n_members", "n_samples"), [(2, 100), (5, 100), (20, 1000), (100, 100), (100, 3000), (7, 1)]
)
@pytest.mark.parametrize("concentration", [0.05, 1.0])
def test_certificate_holds_at_every_size(n_members, n_samples, concentration):
    rng = np.random.default_rng(n_members * n_samples)
    likelihood = rng.beta(concentration, concentration, size=(n_members, n_samples))
    assert_optimal(likelihood, fit_mixture_weights(likelihood))


def test_many_samples_start_from_a_share_of_them():
    likelihood = np.random.default_rng(7).random((6, 300_000)) ** 2
    solution = fit_mixture_weights(likelihood)
    assert_optimal(likelihood, solution)
    assert solution.n_iterations <= 5


def test_result_does_not_depend_on_the_cores(monkeypatch):
    likelihood = np.random.default_rng(8).random((4, 300_000))
    on_all = fit_mixture_weights(likelihood)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    np.testing.assert_array_equal(fit_mixture_weights(likelihood).weights, on_all.weights)


def test_never_above_slsqp():
    likelihood = np.random.default_rng(9).beta(0.7, 0.5, size=(6, 2000))
    theirs = minimize(
        lambda w: log_loss_of(likelihood, w),
        np.full(6, 1 / 6),
        jac=lambda w: -np.mean(likelihood / (w @ likelihood), axis=1),
        bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    ours = fit_mixture_weights(likelihood)
    assert ours.log_loss <= theirs.fun + 1e-12
    np.testing.assert_allclose(ours.weights, theirs.x, atol=1e-4)


def test_float32_and_read_only_matrices_are_taken_as_they_are():
    likelihood = np.random.default_rng(10).random((3, 200)).astype(np.float32)
    likelihood.flags.writeable = False
    solution = fit_mixture_weights(likelihood)
    exact = fit_mixture_weights(likelihood.astype(np.float64))
    np.testing.assert_array_equal(solution.weights, exact.weights)


def test_memory_stays_far_below_the_matrix():
    likelihood = np.random.default_rng(11).random((20, 500_000))
    fit_mixture_weights(likelihood[:, :100])  # imports and caches
    tracemalloc.start()
    try:
        fit_mixture_weights(likelihood)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.25 * likelihood.nbytes


def test_memory_mapped_matrix_is_taken_as_it_is(tmp_path):
    likelihood = np.random.default_rng(13).random((3, 200))
    np.save(tmp_path / "likelihood.npy", likelihood)
    mapped = fit_mixture_weights(np.load(tmp_path / "likelihood.npy", mmap_mode="r"))
    np.testing.assert_array_equal(mapped.weights, fit_mixture_weights(likelihood).weights)


def test_the_first_of_nearly_equal_members_keeps_the_weight():
    rng = np.random.default_rng(14)
    likelihood = rng.random((4, 500))
    twins = likelihood * (1.0 + 1e-12 * rng.normal(size=likelihood.shape))
    both = np.vstack([likelihood, twins])
    solution = fit_mixture_weights(both)
    assert_optimal(both, solution)
    assert np.count_nonzero(solution.weights[4:]) == 0


@pytest.mark.parametrize("kind", ["tiny", "nearly sure", "constant", "zero or one"])
@pytest.mark.parametrize(("n_members", "n_samples"), [(2, 5), (20, 300), (50, 20_000)])
def test_extreme_scales_are_solved_with_proof(kind, n_members, n_samples):
    rng = np.random.default_rng(15)
    shape = n_members, n_samples
    likelihood = {
        "tiny": 10.0 ** rng.uniform(-300, 0, shape),
        "nearly sure": np.clip(1.0 - 10.0 ** rng.uniform(-17, 0, shape), 0.0, 1.0),
        "constant": rng.random((n_members, 1)) * np.ones(shape),
        "zero or one": (rng.random(shape) < 0.3).astype(float),
    }[kind]
    assert_optimal(likelihood, fit_mixture_weights(likelihood))


def test_never_above_projected_gradient():
    likelihood = np.random.default_rng(16).beta(0.4, 0.3, size=(5, 300))
    weights, step = np.full(5, 0.2), 0.05
    for _ in range(3000):
        mixture = weights @ np.maximum(likelihood, FLOOR)
        weights = onto_simplex(weights + step * np.mean(likelihood / mixture, axis=1))
    ours = fit_mixture_weights(likelihood)
    assert ours.log_loss <= log_loss_of(likelihood, weights) + 1e-12
    np.testing.assert_allclose(ours.weights, weights, atol=1e-4)


def test_sample_that_the_share_leaves_out_is_not_forgotten():
    # Large enough to begin with every eighth sample, which hides the one that needs member 1.
    likelihood = np.vstack([np.full(300_000, 0.9), np.full(300_000, 0.1)])
    likelihood[0, 1] = 0.0
    solution = fit_mixture_weights(likelihood)
    assert_optimal(likelihood, solution)
    assert 0.0 < solution.weights[1] < 1e-5


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5,)])
def test_refuses_an_empty_matrix(shape):
    with pytest.raises(ValueError, match=r"expected shape \(n_members, n_samples\)"):
        fit_mixture_weights(np.empty(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_refuses_values_that_are_not_finite(value):
    with pytest.raises(ValueError, match="expected finite values"):
        fit_mixture_weights(np.array([[0.5, value], [0.5, 0.5]]))


likelihoods = st.tuples(st.integers(1, 8), st.integers(1, 30)).flatmap(
    lambda shape: arrays(
        np.float64,
        shape,
        elements=st.one_of(st.sampled_from([0.0, 1.0, 0.5, 1e-300]), st.floats(0.0, 1.0)),
    )
)


@settings(max_examples=300)
@given(likelihoods)
def test_any_matrix_is_solved_with_proof(likelihood):
    solution = fit_mixture_weights(likelihood)
    assert_optimal(likelihood, solution)
    for weights in [*np.eye(len(likelihood)), np.full(len(likelihood), 1 / len(likelihood))]:
        assert solution.log_loss <= log_loss_of(likelihood, weights) + 1e-9


@given(likelihoods, st.integers(0, 2**32 - 1))
def test_order_of_members_and_samples_does_not_matter(likelihood, seed):
    rng = np.random.default_rng(seed)
    members, samples = (rng.permutation(n) for n in likelihood.shape)
    shuffled = fit_mixture_weights(likelihood[members][:, samples])
    assert shuffled.log_loss == pytest.approx(fit_mixture_weights(likelihood).log_loss, abs=1e-9)
