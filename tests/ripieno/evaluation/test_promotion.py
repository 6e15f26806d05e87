import numpy as np
import pytest

from ripieno.evaluation.promotion import Scored, Terms, as_markdown, decide

TERMS = Terms(margin=0.0, tolerance=0.05, cheaper=0.2, min_images=100)
LABELS = np.arange(2000) % 2


def sure(of_truth, share_wrong=0.1):
    """Probabilities that give the true class this much, and the other on a tenth of the images."""
    proba = np.empty((len(LABELS), 2))
    right = np.arange(len(LABELS)) % round(1 / share_wrong) != 0
    true_class = np.where(right, of_truth, 1.0 - of_truth)
    proba[np.arange(len(LABELS)), LABELS] = true_class
    proba[np.arange(len(LABELS)), 1 - LABELS] = 1.0 - true_class
    return proba


def judged(challenger, champion, terms=TERMS, n_earlier=0, times=(1.0, 1.0)):
    return decide(
        Scored(challenger, times[0]),
        Scored(champion, times[1]),
        LABELS,
        terms,
        n_earlier=n_earlier,
        seed=0,
    )


def test_a_clearly_better_challenger_takes_over():
    decision = judged(sure(0.9), sure(0.6))
    assert decision.promote
    assert decision.log_loss.low > 0.0
    assert "better by more than 0 nats" in decision.reason


def test_a_worse_challenger_does_not():
    assert not judged(sure(0.6), sure(0.9)).promote


def test_a_gain_within_the_margin_is_not_enough():
    gain = judged(sure(0.9), sure(0.6)).log_loss
    assert not judged(sure(0.9), sure(0.6), Terms(gain.mid, 0.05, 0.2, 100)).promote


def test_an_equal_challenger_of_the_same_cost_does_not_take_over():
    decision = judged(sure(0.9), sure(0.9))
    assert not decision.promote
    assert "is not cheaper" in decision.reason


def test_an_equal_challenger_takes_over_where_it_is_cheaper():
    decision = judged(sure(0.9), sure(0.9), times=(0.7, 1.0))
    assert decision.promote
    assert decision.time_saved == pytest.approx(0.3)


def test_a_cheaper_challenger_that_may_be_much_worse_does_not():
    decision = judged(sure(0.6), sure(0.9), times=(0.1, 1.0))
    assert not decision.promote
    assert "may be worse by more than 0.05 nats" in decision.reason


def test_too_few_images_decide_nothing():
    decision = judged(sure(0.9), sure(0.6), Terms(0.0, 0.05, 0.2, 2001))
    assert not decision.promote
    assert "2,000 untouched images are fewer than the 2,001" in decision.reason


def test_later_challengers_on_the_same_images_have_more_to_show():
    first, fourth = (judged(sure(0.9), sure(0.8), n_earlier=n) for n in (0, 3))
    assert first.confidence == 0.95
    assert fourth.confidence == pytest.approx(1.0 - 0.05 / 16)
    assert fourth.log_loss.low < first.log_loss.low
    assert "3 others were tried on these images before" in fourth.reason


def test_scores_are_of_whom_they_say():
    decision = judged(sure(0.9), sure(0.6))
    by_hand = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert decision.scores["challenger"]["log_loss"] == pytest.approx(by_hand)
    assert decision.to_metrics()["challenger_log_loss"] == pytest.approx(by_hand)
    assert decision.to_metrics()["champion_accuracy"] == pytest.approx(0.9)


def test_the_record_names_the_reason_and_what_was_compared():
    decision = judged(sure(0.9), sure(0.6))
    text = as_markdown(decision, {"images": "2,000 of 2,000"})
    assert decision.reason in text
    assert "- images: 2,000 of 2,000" in text


def test_a_gain_of_the_challenger_is_positive_everywhere():
    worse = judged(sure(0.6, 0.25), sure(0.9), times=(2.0, 1.0))
    minus = "\N{MINUS SIGN}"
    assert f"The challenger gains {minus}0." in worse.reason
    text = as_markdown(worse, {})
    assert f"- accuracy: the challenger gains {minus}15.00 points ({minus}" in text
    assert f"- time for an image: the challenger saves {minus}100%" in text
    assert "| accuracy | 75.00% | 90.00% |" in text
    assert "| log-loss | " in text
