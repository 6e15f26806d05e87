import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, log_loss

from ripieno.study.effects import compare, student_interval
from ripieno.study.teams import Predictions, fit_teams, predict

NAMES = ["a", "b"]


def test_the_interval_is_scipys():
    values = np.random.default_rng(0).normal(size=7)
    theirs = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert student_interval(values).as_list() == pytest.approx(
        [theirs.low, values.mean(), theirs.high]
    )


def test_the_interval_of_two_values_by_hand():
    # Student's quantile of one degree of freedom is tan(0.475 pi); the standard error is 1.
    half = np.tan(0.475 * np.pi)
    assert student_interval([1.0, 3.0]).as_list() == pytest.approx([2.0 - half, 2.0, 2.0 + half])


def test_equal_values_have_an_interval_of_no_width():
    assert student_interval([0.1, 0.1, 0.1]).as_list() == pytest.approx([0.1] * 3, abs=1e-15)


def test_one_value_has_no_interval():
    with pytest.raises(ValueError, match="expected two at least, received 1"):
        student_interval([1.0])


def test_the_interval_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    intervals = [student_interval(rng.normal(2.0, 3.0, size=5)) for _ in range(2000)]
    covered = np.mean([interval.low <= 2.0 <= interval.high for interval in intervals])
    assert 0.93 <= covered <= 0.97


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8))
def test_the_mean_lies_in_its_interval(values):
    interval = student_interval(values)
    assert interval.low <= interval.mid <= interval.high


@pytest.fixture
def repeats(simulate):
    """Four repeats of two architectures at three seeds, and the labels of 120 images."""
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 120)
    return labels, [simulate(rng, [1.0, 1.5], 3, labels) for _ in range(4)]


def comparison_of(metric, labels, probabilities, strongest):
    predictions = [predict(fit_teams("uniform", p, labels, False), p) for p in probabilities]
    return compare(metric, NAMES, predictions, strongest, labels)


@pytest.mark.parametrize(
    ("metric", "score", "sign"),
    [
        ("accuracy", lambda labels, proba: accuracy_score(labels, proba.argmax(axis=1)), 1),
        ("log_loss", log_loss, -1),
    ],
    ids=["accuracy", "log_loss"],
)
def test_gains_are_differences_of_scikit_learns_scores(repeats, metric, score, sign):
    labels, probabilities = repeats
    strongest = [1, 0, 1, 1]
    comparison = comparison_of(metric, labels, probabilities, strongest)
    for repeat, (proba, k) in enumerate(zip(probabilities, strongest, strict=True)):
        single = np.mean([score(labels, proba[k, seed]) for seed in range(3)])
        same = score(labels, proba[k].mean(axis=0))
        different = np.mean([score(labels, proba[:, seed].mean(axis=0)) for seed in range(3)])
        gains = comparison.headline
        assert gains.same_over_single.repeats[repeat] == pytest.approx(sign * (same - single))
        assert gains.different_over_single.repeats[repeat] == pytest.approx(
            sign * (different - single)
        )
        assert gains.different_over_same.repeats[repeat] == pytest.approx(sign * (different - same))
        assert comparison.single[NAMES[k]][repeat] == pytest.approx(single)
        assert comparison.same[NAMES[k]][repeat] == pytest.approx(same)
        assert comparison.different[repeat] == pytest.approx(different)


def test_both_intervals_are_of_the_same_mean(repeats):
    comparison = comparison_of("log_loss", *repeats, [0, 0, 0, 0])
    effect = comparison.headline.different_over_same
    assert effect.over_images.mid == pytest.approx(effect.over_repeats.mid)
    assert effect.mean == pytest.approx(np.mean(effect.repeats))


def test_what_one_image_alone_says_can_be_chance():
    labels = np.zeros(50, dtype=int)
    right, wrong = np.tile([0.9, 0.1], (50, 1)), np.tile([0.9, 0.1], (50, 1))
    wrong[0] = right[0, ::-1]
    repeat = Predictions(
        single=np.stack([[wrong, wrong]] * 2),
        same=np.stack([wrong, wrong]),
        different=np.stack([right, right]),
    )
    effect = compare("accuracy", NAMES, [repeat] * 2, [0, 0], labels).headline.different_over_same
    assert effect.mean == pytest.approx(1 / 50)
    assert effect.over_repeats.excludes_zero
    assert not effect.excludes_zero  # one image of 50


def test_the_strongest_throughout_is_compared_as_its_architecture_is(repeats):
    comparison = comparison_of("log_loss", *repeats, [1, 1, 1, 1])
    assert comparison.headline == comparison.by_architecture["b"]
    assert comparison.strongest == ("b",) * 4


def test_equal_teams_cannot_be_told_apart(repeats):
    labels, probabilities = repeats
    equal = [np.broadcast_to(proba[:1, :1], proba.shape) for proba in probabilities]
    effect = comparison_of("log_loss", labels, equal, [0] * 4).headline.different_over_same
    assert effect.mean == pytest.approx(0.0, abs=1e-12)


def test_a_difference_in_every_repeat_and_image_is_told_from_chance():
    labels = np.zeros(50, dtype=int)
    sure, unsure = np.tile([0.9, 0.1], (50, 1)), np.tile([0.6, 0.4], (50, 1))
    repeat = Predictions(
        single=np.stack([[unsure, unsure]] * 2),
        same=np.stack([unsure, unsure]),
        different=np.stack([sure, sure]),
    )
    comparison = compare("log_loss", NAMES, [repeat, repeat], [0, 0], labels)
    assert comparison.headline.different_over_same.mean == pytest.approx(np.log(0.9 / 0.6))
    assert comparison.headline.different_over_same.excludes_zero
    assert not comparison.headline.same_over_single.excludes_zero


def test_an_interval_of_a_score_stays_within_what_the_metric_can_be(repeats):
    comparison = comparison_of("accuracy", *repeats, [0] * 4)
    interval = comparison.interval([0.0, 1.0])
    assert (interval.low, interval.mid, interval.high) == (0.0, 0.5, 1.0)
