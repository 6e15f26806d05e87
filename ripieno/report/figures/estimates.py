"""Estimates with their intervals, one a row: members, gains, rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ripieno.report.figures.canvas import (
    SMALL,
    TEXT,
    few_ticks,
    label_axes,
    name_rows,
    new_figure,
    quieten,
    row_height,
    widen_scale,
    write_right,
)
from ripieno.report.theme import LIGHT
from ripieno.report.words import tick


@dataclass(frozen=True)
class Estimate:
    """One row.

    Attributes:
        name: Stands to its left.
        interval: `[low, mid, high]`; of no width where there is no interval.
        emphasised: Whether the row is what the figure is about.
        note: Stands below its value.
    """

    name: str
    interval: Sequence[float]
    emphasised: bool = False
    note: str = ""


def estimates(
    rows: Sequence[Estimate],
    x: str,
    write: Callable[[float], str],
    *,
    line: float | None = None,
    wide: bool = False,
    write_tick: Callable[[float], str] = tick,
) -> Any:
    """A dot and its interval a row, the value written beside it.

    Args:
        rows: The first stands on top.
        x: What is measured, and its unit.
        write: How a value is written.
        line: Where a line stands to compare with: 0 for no difference; none by default.
        wide: Whether the axis is logarithmic where values differ more than tenfold, so that one
            that is far off does not hide how the others differ.
        write_tick: How a tick is written.
    """
    figure = new_figure(row_height(len(rows), 0.4 if any(row.note for row in rows) else 0.265))
    axes = figure.subplots()
    quieten(axes, grid="x")
    if line is not None:
        axes.axvline(line, color=LIGHT["muted"], linewidth=1)
    for i, row in enumerate(rows):
        _draw(axes, i, row, write)
    emphasised = next((i for i, row in enumerate(rows) if row.emphasised), None)
    name_rows(axes, [row.name for row in rows], emphasised)
    label_axes(axes, x)
    axes.margins(x=0.06)
    if wide:
        widen_scale(axes, "x", [end for row in rows for end in row.interval])
    else:
        few_ticks(axes.xaxis, write_tick)
    return figure


def _draw(axes: Any, i: int, row: Estimate, write: Callable[[float], str]) -> None:
    low, mid, high = row.interval
    colour = LIGHT["accent"] if row.emphasised else LIGHT["muted"]
    axes.plot([low, high], [i, i], color=colour, linewidth=1.6, solid_capstyle="round")
    axes.plot([mid], [i], "o", color=colour, markersize=5.5)
    weight = "bold" if row.emphasised else "normal"
    write_right(axes, i - (0.18 if row.note else 0), write(mid), TEXT, "ink", weight)
    if row.note:
        write_right(axes, i + 0.22, row.note, SMALL, "muted")
