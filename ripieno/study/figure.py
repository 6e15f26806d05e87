"""The study in one figure: what everybody scores, and what the teams gain, a dot a repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ripieno.evaluation.interval import Interval
from ripieno.report.figures.canvas import (
    add_legend,
    add_title,
    few_ticks,
    label_axes,
    name_rows,
    new_figure,
    plain,
    quieten,
    row_height,
    write_right,
)
from ripieno.report.theme import LIGHT
from ripieno.report.words import gained, scored, tick, tick_percent
from ripieno.study.effects import Comparison
from ripieno.study.verdict import strongest_in_words

WIDTH = 10.0  # inches: two columns as wide as the report's figures

# Colours and shapes: each kind can be told by either.
KINDS = {"single": ("muted", "o"), "same": ("accent", "s"), "different": ("warm", "D")}
AXES = {"log_loss": "test log-loss (nats)", "accuracy": "test accuracy"}
GAINS = {"log_loss": "gain in nats", "accuracy": "gain in points of accuracy"}


@dataclass(frozen=True)
class Row:
    """A value a repeat, and their mean with its interval."""

    name: str
    kind: str
    repeats: Sequence[float]
    interval: Interval


def study_figure(comparisons: Sequence[Comparison]) -> Any:
    """A column a metric: scores above, gains over the strongest architecture below.

    Args:
        comparisons: By log-loss and by accuracy, of the same repeats.
    """
    n_scores, n_gains = 2 * len(comparisons[0].single) + 1, 3
    figure = new_figure(row_height(n_scores, rest=0.8) + row_height(n_gains, rest=0.8), WIDTH)
    grid = figure.subplots(2, len(comparisons), squeeze=False, height_ratios=(n_scores, n_gains))
    for k, comparison in enumerate(comparisons):
        metric = comparison.metric
        scores, gains = grid[0, k], grid[1, k]
        _draw(scores, score_rows(comparison), partial(scored, metric))
        label_axes(scores, AXES[metric])
        few_ticks(scores.xaxis, tick_percent if metric == "accuracy" else tick)
        gains.axvline(0, color=LIGHT["muted"], linewidth=1)
        _draw(gains, gain_rows(comparison), partial(gained, metric))
        label_axes(gains, GAINS[metric])
        few_ticks(gains.xaxis, _tick_points if metric == "accuracy" else tick)
    size = len(comparisons[0].single)
    names = ("one network", f"{size} seeds of it", f"{size} different architectures")
    marks = [{"color": LIGHT[role], "marker": marker} for role, marker in KINDS.values()]
    add_legend(figure, dict(zip(names, marks, strict=True)), _how_to_read(comparisons[0]))
    add_title(figure, "Seeds of one architecture against different architectures")
    return figure


def score_rows(comparison: Comparison) -> list[Row]:
    """Each architecture alone and its seeds together, then different architectures."""
    size = len(comparison.single)
    rows = []
    for name, values in comparison.single.items():
        same = comparison.same[name]
        rows.append(Row(name, "single", values, comparison.interval(values)))
        rows.append(Row(f"{size} seeds of it", "same", same, comparison.interval(same)))
    different = comparison.different
    last = Row(f"{size} different ones", "different", different, comparison.interval(different))
    return [*rows, last]


def gain_rows(comparison: Comparison) -> list[Row]:
    """What teams gain over a single network of the strongest architecture, and the difference."""
    gains = comparison.headline
    named = {
        "seeds over one": ("same", gains.same_over_single),
        "different over one": ("different", gains.different_over_single),
        "different over seeds": ("different", gains.different_over_same),
    }
    return [
        Row(name, kind, effect.repeats, effect.over_repeats)
        for name, (kind, effect) in named.items()
    ]


def _draw(axes: Any, rows: Sequence[Row], write: Callable[[float], str]) -> None:
    quieten(axes, grid="x")
    for i, row in enumerate(rows):
        role, marker = KINDS[row.kind]
        colour, interval = LIGHT[role], row.interval
        repeats = [i + 0.22] * len(row.repeats)
        axes.plot(row.repeats, repeats, marker, color=colour, markersize=3, alpha=0.5, mew=0)
        ends = [interval.low, interval.high]
        axes.plot(ends, [i, i], color=colour, linewidth=1.6, solid_capstyle="round")
        axes.plot([interval.mid], [i], marker, color=colour, markersize=5.5)
        write_right(axes, i, write(interval.mid))
    name_rows(axes, [row.name for row in rows])
    axes.margins(x=0.06)


def _how_to_read(comparison: Comparison) -> str:
    n_repeats = len(comparison.different)
    return (
        f"Small marks: {n_repeats} repeats. Lines: 95% intervals over them. "
        f"Below: gains against {plain(strongest_in_words(comparison.strongest), 80)}."
    )


def _tick_points(value: float) -> str:
    return tick(100 * value)
