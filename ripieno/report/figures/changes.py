"""From one value to another, a row a class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ripieno.report.figures.canvas import (
    add_legend,
    few_ticks,
    label_axes,
    name_rows,
    new_figure,
    quieten,
    row_height,
    write_right,
)
from ripieno.report.theme import LIGHT
from ripieno.report.words import number

_FILLED: dict[str, Any] = {
    "marker": "o",
    "linestyle": "none",
    "color": LIGHT["accent"],
    "markersize": 5.5,
}
_HOLLOW = _FILLED | {"color": LIGHT["muted"], "markerfacecolor": LIGHT["paper"]}


@dataclass(frozen=True)
class Change:
    """What a class scored before and after."""

    name: str
    before: float
    after: float


def changes(rows: Sequence[Change], x: str, before: str, after: str) -> Any:
    """A hollow dot before and a filled one after: blue where it rose, orange where it fell.

    Args:
        rows: The first stands on top.
        x: What is measured.
        before: What the hollow dots are.
        after: What the filled ones are.
    """
    figure = new_figure(row_height(len(rows)))
    axes = figure.subplots()
    quieten(axes, grid="x")
    for i, row in enumerate(rows):
        colour = LIGHT["accent"] if row.after >= row.before else LIGHT["warm"]
        axes.plot([row.before, row.after], [i, i], color=colour, linewidth=1.6)
        axes.plot([row.before], [i], **_HOLLOW)
        axes.plot([row.after], [i], **_FILLED | {"color": colour})
        write_right(axes, i, number(row.after - row.before, "+.3f"))
    name_rows(axes, [row.name for row in rows])
    label_axes(axes, x)
    few_ticks(axes.xaxis)
    add_legend(figure, {before: _HOLLOW, after: _FILLED})
    return figure
