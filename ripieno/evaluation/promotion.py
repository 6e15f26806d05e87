"""Should a challenger take over from the champion? A paired test on images both have never seen.

A gain is positive where the challenger is better.

It must be better, or as good and cheaper; the burden of proof is the challenger's. Whoever tries
one challenger after the other on the same images would find one that wins by chance. So the k-th is
held to an interval of confidence 1 - 0.05 / k²: the chance that any challenger that does not
deserve it ever takes over, however many are tried, stays below 0.025 (1 + 1/4 + 1/9 + ...) = 4.2 %.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ripieno.evaluation.interval import Interval
from ripieno.evaluation.metrics import METRICS
from ripieno.evaluation.significance import McNemar, gain_interval, mcnemar_exact
from ripieno.report.words import METRICS as METRIC_NAMES
from ripieno.report.words import gained, number, scored
from ripieno.types import FloatArray, IntArray

LEVEL = 0.05


@dataclass(frozen=True)
class Terms:
    """What a challenger must show.

    Attributes:
        margin: Nats of log-loss that it must gain, with the whole interval.
        tolerance: Nats that a cheaper one may lose at most, with the whole interval.
        cheaper: Share of the champion's time that a cheaper one saves, in (0, 1).
        min_images: Images that a decision needs.
    """

    margin: float
    tolerance: float
    cheaper: float
    min_images: int


@dataclass(frozen=True)
class Scored:
    """What a model said of the common images, and how long it took.

    Attributes:
        proba: Of shape (n_samples, n_classes).
        image_ms: Milliseconds for an image.
    """

    proba: FloatArray
    image_ms: float


@dataclass(frozen=True)
class Decision:
    """Whether the challenger takes over, the figures, and why.

    Attributes:
        promote: Whether it does.
        reason: In a sentence.
        n_images: Images compared on.
        confidence: Of the interval of `log_loss`.
        log_loss: Gain of the challenger in nats; positive is better.
        accuracy: Gain in accuracy, 95 %.
        mcnemar: The discordant images; the challenger is the first.
        time_saved: Share of the champion's time for an image; negative where it takes longer.
        scores: Of `challenger` and `champion`, by metric.
    """

    promote: bool
    reason: str
    n_images: int
    confidence: float
    log_loss: Interval
    accuracy: Interval
    mcnemar: McNemar
    time_saved: float
    scores: dict[str, dict[str, float]]

    def to_metrics(self) -> dict[str, float]:
        """The figures by name."""
        metrics = {
            f"{who}_{metric}": value
            for who, scores in self.scores.items()
            for metric, value in scores.items()
        }
        for name, gain in (("log_loss", self.log_loss), ("accuracy", self.accuracy)):
            ends = {"low": gain.low, "mid": gain.mid, "high": gain.high}
            metrics |= {f"{name}_gain_{end}": value for end, value in ends.items()}
        return metrics | {
            "promote": float(self.promote),
            "n_images": float(self.n_images),
            "confidence": self.confidence,
            "mcnemar_p": self.mcnemar.p_value,
            "time_saved": self.time_saved,
        }


def decide(
    challenger: Scored,
    champion: Scored,
    labels: IntArray,
    terms: Terms,
    *,
    n_earlier: int,
    seed: int,
) -> Decision:
    """Compare two models on images that neither was fitted or chosen on.

    Args:
        challenger: What it said and took.
        champion: Of the same images, in the same order.
        labels: True classes of shape (n_samples,), n_samples > 0.
        terms: What the challenger must show.
        n_earlier: Other challengers that were tried on the same images before.
        seed: Of the resampling.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    pair = (challenger.proba, champion.proba, labels)
    confidence = 1.0 - LEVEL / (n_earlier + 1) ** 2
    gain = gain_interval("log_loss", *pair, seed=seed, confidence=confidence)
    time_saved = 1.0 - challenger.image_ms / champion.image_ms
    promote, reason = _verdict(gain, time_saved, len(labels), terms)
    return Decision(
        promote,
        f"{reason} {_measured(gain, confidence, n_earlier)}",
        len(labels),
        confidence,
        gain,
        gain_interval("accuracy", *pair, seed=seed),
        mcnemar_exact(*pair),
        time_saved,
        {
            "challenger": _scores(challenger.proba, labels),
            "champion": _scores(champion.proba, labels),
        },
    )


def _verdict(gain: Interval, time_saved: float, n_images: int, terms: Terms) -> tuple[bool, str]:
    if n_images < terms.min_images:
        return False, (
            f"The champion stays: {n_images:,} untouched images are fewer than the "
            f"{terms.min_images:,} that a decision needs."
        )
    if gain.low > terms.margin:
        return True, f"The challenger is better by more than {terms.margin:g} nats."
    cheaper = time_saved >= terms.cheaper
    if cheaper and gain.low > -terms.tolerance:
        return True, (
            f"The challenger is as good, within {terms.tolerance:g} nats, and takes "
            f"{time_saved:.0%} less time."
        )
    saving = f"saves {time_saved:.0%} of the time" if cheaper else "is not cheaper"
    return False, (
        f"The champion stays: the challenger is not shown to be better by {terms.margin:g} nats"
        f" or more, and it {saving}"
        + (f" but may be worse by more than {terms.tolerance:g} nats." if cheaper else ".")
    )


def _measured(gain: Interval, confidence: float, n_earlier: int) -> str:
    tried = (
        f"; {n_earlier} other{'s were' if n_earlier > 1 else ' was'} tried on these images before"
        if n_earlier
        else ""
    )
    low, mid, high = (gained("log_loss", value) for value in gain.as_list())
    return (
        f"The challenger gains {mid} nats of log-loss ({low} to {high}, "
        f"{100 * confidence:.4g}% interval{tried})."
    )


def _scores(proba: FloatArray, labels: IntArray) -> dict[str, float]:
    return {name: float(np.asarray(score(proba, labels))) for name, score in METRICS.items()}


def as_markdown(decision: Decision, rows: dict[str, Any]) -> str:
    """The decision for people: reason, figures, and what was compared."""
    lines = [f"**{decision.reason}**", "", "| | challenger | champion |", "| --- | --- | --- |"]
    for metric, value in decision.scores["challenger"].items():
        values = (value, decision.scores["champion"][metric])
        lines.append(
            f"| {' | '.join([METRIC_NAMES[metric], *(scored(metric, v) for v in values)])} |"
        )
    low, mid, high = (gained("accuracy", value) for value in decision.accuracy.as_list())
    lines += [
        "",
        f"- accuracy: the challenger gains {mid} points ({low} to {high}), McNemar p = "
        f"{decision.mcnemar.p_value:.3g}",
        f"- time for an image: the challenger saves {number(decision.time_saved, '+.0%')}",
        *(f"- {name}: {value}" for name, value in rows.items()),
    ]
    return "\n".join(lines)
