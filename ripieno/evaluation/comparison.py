"""The ensemble against what it has to beat, in figures and in a sentence.

One sign everywhere: a gain is positive where the ensemble is better, whichever way a metric points.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ripieno.evaluation.interval import Interval
from ripieno.evaluation.significance import McNemar, gain_interval, mcnemar_exact
from ripieno.report.words import gained, number, percent
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
        note: How the reference was made: `chosen on validation, calibrated`.
        accuracy: Gain in the share of right samples.
        log_loss: Gain in nats.
        brier: Gain in Brier score.
        mcnemar: The discordant samples; the ensemble is the first.
        same: Whether the two give equal probabilities on every sample.
    """

    reference: str
    name: str
    note: str
    accuracy: Interval
    log_loss: Interval
    brier: Interval
    mcnemar: McNemar
    same: bool

    @property
    def verdict(self) -> str:
        """Which is better and by how much, in a sentence."""
        return _finding(self, f"{self.name} ({self.note})", "the ensemble", _test(self.mcnemar))

    def to_dict(self) -> dict[str, Any]:
        """An element of `comparisons` in `summary.json`."""
        return {
            "reference": self.reference,
            "name": self.name,
            "note": self.note,
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
    note: str,
    seed: int,
) -> Comparison:
    """Compare the ensemble with a reference on samples that neither was fitted on.

    Args:
        reference: `best_member`, or the rule of another pool.
        name: What people call the reference.
        proba: The ensemble's probabilities of shape (n_samples, n_classes).
        reference_proba: The reference's, of the same shape.
        labels: True classes of shape (n_samples,).
        note: How the reference was made.
        seed: Of the resampling.

    Raises:
        ValueError: If either input is not probabilities and labels.
    """
    return Comparison(
        reference=reference,
        name=name,
        note=note,
        accuracy=gain_interval("accuracy", proba, reference_proba, labels, seed=seed),
        log_loss=gain_interval("log_loss", proba, reference_proba, labels, seed=seed),
        brier=gain_interval("brier", proba, reference_proba, labels, seed=seed),
        mcnemar=mcnemar_exact(proba, reference_proba, labels),
        same=np.array_equal(proba, reference_proba),
    )


def headline(scores: Mapping[str, Interval], comparison: Comparison) -> str:
    """The report's first two sentences: how good the ensemble is, and what it gains.

    Args:
        scores: The ensemble's, as `score_intervals` gives them.
        comparison: With its best member; with another reference the second sentence names that.
    """
    low, mid, high = (percent(value) for value in scores["accuracy"].as_list())
    rival = f"{comparison.name} ({comparison.note})"
    if comparison.reference == BEST_MEMBER:
        rival = f"its best member, {rival}"
    finding = _finding(comparison, rival, "it")
    return f"The ensemble's test accuracy is {mid} ({low} to {high}). {finding}"


def _finding(comparison: Comparison, rival: str, subject: str, test: str = "") -> str:
    """A sentence: which is better, in what, and the gains; `test` stands behind these."""
    if comparison.same:
        return f"{subject.capitalize()} predicts the same as {rival}: there is no gain."
    gain, places = comparison.log_loss, _decimal_places(comparison.log_loss)
    low, mid, high = (number(value, f"+.{places}f") for value in gain.as_list())
    points = gained("accuracy", comparison.accuracy.mid)
    return (
        f"Against {rival}, {_difference(comparison, subject)}: gains of {mid} nats "
        f"({low} to {high}) and {points} points{test}."
    )


def _difference(comparison: Comparison, subject: str) -> str:
    """In what the two differ by more than chance."""
    log_loss = _word(comparison.log_loss) if comparison.log_loss.excludes_zero else None
    accuracy = _word(comparison.accuracy) if comparison.mcnemar.p_value < LEVEL else None
    if log_loss and accuracy:
        and_or_but = "and" if log_loss == accuracy else f"but {accuracy}"
        return f"{subject} is {log_loss} in log-loss {and_or_but} in accuracy"
    if log_loss:
        return (
            f"{subject} is {log_loss} in log-loss, while the difference in accuracy may be chance"
        )
    if accuracy:
        return (
            f"{subject} is {accuracy} in accuracy, while the difference in log-loss may be chance"
        )
    return "the differences in log-loss and in accuracy may be chance"


def _word(gain: Interval) -> str:
    return "better" if gain.mid > 0.0 else "worse"


def _decimal_places(gain: Interval) -> int:
    """4, or more where an interval that excludes 0 would read as if it ended there."""
    if not gain.excludes_zero:
        return 4
    return max(4, -math.floor(math.log10(min(abs(gain.low), abs(gain.high)))))


def _test(mcnemar: McNemar) -> str:
    digits = 2 if mcnemar.p_value > 0.1 else 3  # 0.0499 is not to read as 0.05
    p_value = "< 0.001" if mcnemar.p_value < 0.001 else f"= {mcnemar.p_value:.{digits}g}"
    return f" (McNemar p {p_value})"
