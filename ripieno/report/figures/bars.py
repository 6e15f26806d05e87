"""Quantities of one kind side by side: the weights."""

from collections.abc import Callable, Sequence
from typing import Any

from ripieno.report.figures.canvas import (
    TEXT,
    name_rows,
    new_figure,
    quieten,
    row_height,
)
from ripieno.report.theme import LIGHT


def bars(names: Sequence[str], values: Sequence[float], write: Callable[[float], str]) -> Any:
    """A bar a row from zero, the first on top, each with its value; a zero is only written."""
    figure = new_figure(row_height(len(names), rest=0.15))
    axes = figure.subplots()
    quieten(axes)
    rows = axes.barh(range(len(names)), values, height=0.62, color=LIGHT["accent"])
    axes.bar_label(rows, [write(v) for v in values], padding=4, fontsize=TEXT, color=LIGHT["ink"])
    name_rows(axes, names)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    axes.set_xlim(0, 1.15 * max(max(values, default=0.0), 1e-9))
    return figure
