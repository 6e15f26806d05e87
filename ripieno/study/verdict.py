"""Whether the claim holds, in one sentence.

The claim: an ensemble of the same network from different random starts is hardly worth it, one of
different architectures is. Log-loss decides, which members and weights minimise.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Literal

from ripieno.evaluation.interval import Interval
from ripieno.report.words import gained, span
from ripieno.study.effects import Comparison, Effect, Gains

Verdict = Literal["holds", "holds in part", "reversed", "undecided"]

HARDLY = 1 / 3
"""Seeds are hardly worth it where they gain less than this share of what architectures gain."""


def verdict(gains: Gains) -> Verdict:
    """What the gains against the strongest architecture say of the claim.

    Returns:
        `undecided` where different architectures and seeds cannot be told apart; `reversed` where
        seeds are better; `holds` where architectures are, and seeds gain nothing that can be told
        from chance or less than `HARDLY` of what architectures gain; else `holds in part`.
    """
    if not gains.different_over_same.excludes_zero:
        return "undecided"
    if gains.different_over_same.mean < 0.0:
        return "reversed"
    seeds = gains.same_over_single
    hardly = not seeds.excludes_zero or seeds.mean < HARDLY * gains.different_over_single.mean
    return "holds" if hardly else "holds in part"


def sentence(log_loss: Comparison, accuracy: Comparison) -> str:
    """The verdict, the difference with its intervals, and what each kind of team gains.

    Args:
        log_loss: The comparison by log-loss, in nats.
        accuracy: The same teams' by accuracy.
    """
    gains, size = log_loss.headline, len(log_loss.single)
    nats, points = gains.different_over_same, accuracy.headline.different_over_same
    return (
        f"{OPENINGS[verdict(gains)]}: at equal cost {size} different architectures gain "
        f"{_mean('log_loss', nats)} nats (95% interval {_span('log_loss', nats.over_repeats)} over "
        f"{len(log_loss.different)} repeats, {_span('log_loss', nats.over_images)} over test "
        f"images) and {_mean('accuracy', points)} points of accuracy "
        f"({_span('accuracy', points.over_repeats)}; {_span('accuracy', points.over_images)}) over "
        f"{size} seeds of {strongest_in_words(log_loss.strongest)}{_doubt(nats)}; over one such "
        f"network the seeds gain {_gain(gains.same_over_single)} nats, the architectures "
        f"{_gain(gains.different_over_single)}."
    )


OPENINGS: dict[Verdict, str] = {
    "holds": "On these data the claim holds",
    "holds in part": "On these data the claim holds in part, for seeds are worth having too",
    "reversed": "On these data the claim does not hold, the opposite does",
    "undecided": "On these data the claim cannot be told from chance",
}


def strongest_in_words(strongest: Sequence[str]) -> str:
    """The architecture that seeds were taken of; where repeats differ, how often each."""
    counts = Counter(strongest)
    if len(counts) == 1:
        return strongest[0]
    times = ", ".join(f"{name} in {n}" for name, n in counts.most_common())
    return f"the strongest one on validation ({times})"


def _doubt(effect: Effect) -> str:
    """Which of the two chances a difference is lost to, where it is to one alone."""
    if effect.over_repeats.excludes_zero and not effect.over_images.excludes_zero:
        return ", which other seeds would show again but other images might not"
    if effect.over_images.excludes_zero and not effect.over_repeats.excludes_zero:
        return ", which other images would show again but other seeds might not"
    return ""


def _gain(effect: Effect) -> str:
    return f"{_mean('log_loss', effect)} ({_span('log_loss', effect.over_repeats)})"


def _mean(metric: str, effect: Effect) -> str:
    return gained(metric, effect.mean)


def _span(metric: str, interval: Interval) -> str:
    return span(interval.as_list(), partial(gained, metric))
