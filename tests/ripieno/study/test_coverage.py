"""Do 95 % intervals over images hold the truth? Simulated architectures, each from three seeds."""

import numpy as np
import pytest

from ripieno.evaluation.significance import SAMPLE_SCORES
from ripieno.study.effects import interval_over_images

N_CLASSES = 10
N_ARCHITECTURES = N_SEEDS = 3
N_REPEATS = 5
SHARED, OF_ARCHITECTURE, OF_SEED = 0.6, 0.2, 0.2  # of the variance of a network's noise


def population(accuracy, sharpness, tail=None, n_samples=8_000):
    """Differences of teams, (n_repeats, n_samples) by metric: of architectures less of seeds.

    Args:
        accuracy: Of the first architecture, the others have a tenth more errors.
        sharpness: 1 is calibrated, less is timid, more is overconfident.
        tail: Degrees of freedom of the noise; normal if None. Few make some errors very sure.
    """
    rng = np.random.default_rng(0)
    scale = 1.0 if tail is None else np.sqrt(tail / rng.chisquare(tail, (n_samples, 1)))
    shared = np.sqrt(SHARED) * rng.standard_normal((n_samples, N_CLASSES))
    shape = (N_ARCHITECTURES, n_samples, N_CLASSES)
    of_architecture = np.sqrt(OF_ARCHITECTURE) * rng.standard_normal(shape)
    labels = rng.integers(0, N_CLASSES, n_samples)
    rates = (1.0 - accuracy) * np.array([1.0, 1.1, 1.1])
    differences = {"accuracy": [], "log_loss": []}
    for _ in range(N_REPEATS):
        noise = np.sqrt(OF_SEED) * rng.standard_normal((N_SEEDS, *shape)).swapaxes(0, 1)
        logits = (shared + of_architecture[:, np.newaxis] + noise) * scale
        proba = np.stack(
            [
                [network(seed, labels, rate, sharpness) for seed in architecture]
                for architecture, rate in zip(logits, rates, strict=True)
            ]
        )
        for metric, of_repeats in differences.items():
            score, sign = SAMPLE_SCORES[metric]
            different = [score(proba[:, k].mean(axis=0), labels) for k in range(N_SEEDS)]
            same = score(proba[0].mean(axis=0), labels)
            of_repeats.append(sign * (np.mean(different, axis=0) - same))
    return {metric: np.array(of_repeats) for metric, of_repeats in differences.items()}


def network(logits, labels, error_rate, sharpness):
    """Probabilities of a network with that share of errors."""
    rows = np.arange(len(labels))
    true_class = logits[rows, labels]
    others = logits.copy()
    others[rows, labels] = -np.inf
    signal = np.quantile(others.max(axis=1) - true_class, 1.0 - error_rate)
    others[rows, labels] = true_class + signal
    others *= sharpness * signal
    odds = np.exp(others - others.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    "setting",
    [(0.98, 1.0, 10), (0.95, 2.0), (0.8, 0.6)],
    ids=["some errors very sure", "overconfident", "timid"],
)
def test_differences_over_360_images_lie_in_their_intervals(setting):
    rng = np.random.default_rng(1)
    for metric, differences in population(*setting).items():
        truth, covered = differences.mean(), 0
        for _ in range(150):
            drawn = differences[:, rng.integers(0, differences.shape[1], 360)]
            interval = interval_over_images(metric, drawn, n_resamples=500)
            covered += interval.low <= truth <= interval.high
        assert covered / 150 >= 0.86, metric  # 150 data sets place a share to within 0.04


def test_teams_that_never_differ_have_an_interval_of_no_width():
    interval = interval_over_images("accuracy", np.zeros((2, 50)))
    assert interval.as_list() == [0.0, 0.0, 0.0]
