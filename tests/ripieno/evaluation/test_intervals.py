import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ripieno.evaluation.intervals import score_intervals
from ripieno.evaluation.metrics import METRICS

UPPER = {
    "accuracy": 1.0, "balanced_accuracy": 1.0, "log_loss": 36.05, "balanced_log_loss": 36.05,
    "brier": 2.0, "ece": 1.0,
}  # fmt: skip


def predictions(n_samples, n_classes=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, size=n_samples)
    logits = rng.normal(size=(n_samples, n_classes))
    logits[np.arange(n_samples), labels] += 2.0
    proba = np.exp(logits)
    return proba / proba.sum(axis=1, keepdims=True), labels


def test_every_metric_has_an_interval_around_its_score():
    proba, labels = predictions(300)
    intervals = score_intervals(proba, labels)
    assert {metric: interval.mid for metric, interval in intervals.items()} == pytest.approx(
        {name: metric(proba, labels) for name, metric in METRICS.items()}
    )


@pytest.mark.parametrize(("n_classes", "given"), [(10, False), (11, True)])
def test_top_5_accuracy_is_a_headline_figure_from_11_classes(n_classes, given):
    intervals = score_intervals(*predictions(50, n_classes))
    assert ("top_5_accuracy" in intervals) is given


def test_top_5_accuracy_counts_hits():
    proba = np.tile(np.arange(12.0, 0.0, -1.0) / 78.0, (4, 1))
    intervals = score_intervals(proba, np.array([0, 4, 5, 11]))
    assert intervals["top_5_accuracy"].mid == 0.5
    assert intervals["accuracy"].mid == 0.25


@pytest.mark.parametrize(
    "metric", ["accuracy", "balanced_accuracy", "log_loss", "balanced_log_loss", "brier"]
)
def test_many_samples_agree_with_scipys_plain_bootstrap(metric):
    proba, labels = predictions(10_000)
    rng = np.random.default_rng(1)
    draws = rng.integers(0, 10_000, size=(400, 10_000))
    resampled = [METRICS[metric](proba[drawn], labels[drawn]) for drawn in draws]
    low, high = np.quantile(resampled, [0.025, 0.975])
    # 400 resamples place an end to within a tenth of the width.
    interval = score_intervals(proba, labels)[metric]
    assert interval.low == pytest.approx(low, abs=0.1 * (high - low))
    assert interval.high == pytest.approx(high, abs=0.1 * (high - low))


def test_balanced_accuracy_of_equal_classes_has_the_width_of_independent_classes():
    right = np.concatenate([np.arange(1000) < 900, np.arange(1000) < 500])
    labels = np.repeat([0, 1], 1000)
    proba = np.eye(2)[np.where(right, labels, 1 - labels)]
    interval = score_intervals(proba, labels)["balanced_accuracy"]
    error = np.sqrt((0.9 * 0.1 + 0.5 * 0.5) / 1000) / 2
    assert interval.mid == pytest.approx(0.7)
    assert interval.high - interval.low == pytest.approx(2 * 1.959964 * error, rel=0.01)


def test_balanced_accuracy_is_less_certain_where_a_class_is_rare():
    proba, labels = predictions(400, n_classes=2)
    rare = np.append(np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:5])
    common = score_intervals(proba, labels)["balanced_accuracy"]
    interval = score_intervals(proba[rare], labels[rare])["balanced_accuracy"]
    assert interval.high - interval.low > 2 * (common.high - common.low)


@pytest.mark.parametrize("n_samples", [1, 2, 100])
def test_a_perfect_score_is_no_certainty(n_samples):
    labels = np.arange(n_samples) % 3
    for metric, interval in score_intervals(np.eye(3)[labels], labels).items():
        assert interval.mid == (1.0 if "accuracy" in metric else 0.0)
        assert interval.high - interval.low > 1 / n_samples / 3


@given(st.integers(1, 40), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_the_score_lies_within_what_is_possible(n_samples, n_classes, seed):
    for metric, interval in score_intervals(*predictions(n_samples, n_classes, seed)).items():
        assert 0.0 <= interval.low <= interval.mid <= interval.high <= UPPER[metric]


def test_more_confidence_gives_wider_intervals():
    proba, labels = predictions(200)
    narrow = score_intervals(proba, labels, confidence=0.8)
    wide = score_intervals(proba, labels, confidence=0.99)
    for metric in METRICS:
        assert wide[metric].low <= narrow[metric].low
        assert wide[metric].high > narrow[metric].high


def test_accuracy_holds_wilsons_interval():
    proba, labels = predictions(150)
    right = int((proba.argmax(axis=1) == labels).sum())
    theirs = stats.binomtest(right, 150).proportion_ci(method="wilson")
    interval = score_intervals(proba, labels)["accuracy"]
    assert interval.low == pytest.approx(theirs.low, abs=0.002)
    assert interval.high == pytest.approx(theirs.high, abs=0.002)


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="proba: expected values"):
        score_intervals(np.array([[2.0, -1.0]]), np.array([0]))
