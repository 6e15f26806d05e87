"""The ensemble against what it has to beat, in figures and in a sentence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ripieno.evaluation.interval import Interval
from ripieno.evaluation.significance import McNemar, gain_interval, mcnemar_exact
from ripieno.types import FloatArray, IntArray

BEST_MEMBER = "best_member"
LEVEL = 0.05
"""p below this is distinguishable from chance: the counterpart of a 95 % interval."""


@dataclass(frozen=True)
class Comparison:
    """What the ensemble gains over a reference on the same samples; positive is better.

    Attributes:
        reference: `best_member`, or the rule of another pool.
        name: What people call the reference; a best member by its own name.
        accuracy: Gain in the share of right samples.
        log_loss: Gain in nats.
        brier: Gain in Brier score.
        mcnemar: The discordant samples; the ensemble is the first.
        same: Whether the two give equal probabilities on every sample.
    """

    reference: str
    name: str
    accuracy: Interval
    log_loss: Interval
    brier: Interval
    mcnemar: McNemar
    same: bool

    @property
    def verdict(self) -> str:
        """Whether the gain is distinguishable from chance, in words."""
        return f"The ensemble {_finding(self, self.name)}."

    def to_dict(self) -> dict[str, Any]:
        """An element of `comparisons` in `summary.json`."""
        return {
            "reference": self.reference,
            "name": self.name,
            "accuracy": self.accuracy.as_list(),
            "log_loss": self.log_loss.as_list(),
            "brier": self.brier.as_list(),
            "only_ensemble_right": self.mcnemar.only_first_right,
            "only_reference_right": self.mcnemar.only_second_right,
            "mcnemar_p": self.mcnemar.p_value,
            "verdict": self.verdict,
        }


def compare(
    reference: str,
    name: str,
    proba: FloatArray,
    reference_proba: FloatArray,
    labels: IntArray,
    *,
    seed: int,
) -> Comparison:
    """Compare the ensemble with a reference on samples that neither was fitted on.

    Args:
        reference: `best_member`, or the rule of another pool.
        name: What people call the reference.
        proba: The ensemble's probabilities of shape (n_samples, n_classes).
        reference_proba: The reference's, of the same shape.
        labels: True classes of shape (n_samples,).
        seed: Of the resampling.

    Raises:
        ValueError: If either input is not probabilities and labels.
    """
    return Comparison(
        reference=reference,
        name=name,
        accuracy=gain_interval("accuracy", proba, reference_proba, labels, seed=seed),
        log_loss=gain_interval("log_loss", proba, reference_proba, labels, seed=seed),
        brier=gain_interval("brier", proba, reference_proba, labels, seed=seed),
        mcnemar=mcnemar_exact(proba, reference_proba, labels),
        same=np.array_equal(proba, reference_proba),
    )


def headline(scores: Mapping[str, Interval], comparison: Comparison) -> str:
    """The report's first sentence: how good the ensemble is, and whether it was worth it.

    Args:
        scores: The ensemble's, as `score_intervals` gives them.
        comparison: With its best member; with another reference the sentence names that.
    """
    accuracy = scores["accuracy"]
    rival = comparison.name
    if comparison.reference == BEST_MEMBER:
        rival = f"its best member, {rival},"
    return (
        f"The ensemble's test accuracy is {100 * accuracy.mid:.2f} % "
        f"({100 * accuracy.low:.2f} to {100 * accuracy.high:.2f}); "
        f"it {_finding(comparison, rival)}."
    )


def _finding(comparison: Comparison, rival: str) -> str:
    """What follows `The ensemble` or `it`, without a full stop."""
    if comparison.same:
        return f"predicts the same as {rival.rstrip(',')}: there is no gain"
    gain = comparison.log_loss
    low, high = (gain.low, gain.high) if gain.mid >= 0.0 else (-gain.high, -gain.low)
    places = _decimal_places(gain)
    return (
        f"{_relation(gain)} {rival} by {abs(gain.mid):.{places}f} nats of log-loss "
        f"({low:.{places}f} to {high:.{places}f}), which is "
        f"{'' if gain.excludes_zero else 'not '}distinguishable from chance; "
        f"{_accuracy_finding(comparison)}"
    )


def _relation(gain: Interval) -> str:
    if gain.excludes_zero:
        return "beats" if gain.mid > 0.0 else "is worse than"
    return "is ahead of" if gain.mid >= 0.0 else "is behind"


def _decimal_places(gain: Interval) -> int:
    """4, or more where an interval that excludes 0 would read as if it ended there."""
    if not gain.excludes_zero:
        return 4
    return max(4, -math.floor(math.log10(min(abs(gain.low), abs(gain.high)))))


def _accuracy_finding(comparison: Comparison) -> str:
    """Whether the accuracies differ, told after the log-loss."""
    points, p_value = 100.0 * comparison.accuracy.mid, comparison.mcnemar.p_value
    certain = comparison.log_loss.excludes_zero
    digits = 2 if p_value > 0.1 else 3  # 0.0499 is not to read as 0.05
    test = f"(McNemar p {'< 0.001' if p_value < 0.001 else f'= {p_value:.{digits}g}'})"
    if p_value >= LEVEL and certain:
        return f"in accuracy the difference of {points:+.2f} points is not {test}"
    if p_value >= LEVEL:
        return f"nor is the difference of {points:+.2f} points in accuracy {test}"
    but = "but " if certain and (points > 0.0) != (comparison.log_loss.mid > 0.0) else ""
    return (
        f"{but}in accuracy it is {'better' if points > 0.0 else 'worse'} by {abs(points):.2f} "
        f"points, which is distinguishable {'too' if certain else 'from chance'} {test}"
    )
