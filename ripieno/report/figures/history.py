"""What a search found, trial by trial."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ripieno.report.figures.canvas import (
    SMALL,
    add_legend,
    few_ticks,
    label_axes,
    new_figure,
    quieten,
)
from ripieno.report.theme import LIGHT


def history(
    numbers: Sequence[int],
    values: Sequence[float],
    best: Sequence[float],
    y: str,
    configured: float | None = None,
) -> Any:
    """A dot a complete trial, and a line through the best so far.

    The scale shows the better half in full: one trial that hardly learnt would hide the others.

    Args:
        numbers: Of the complete trials, rising.
        values: Of each of them.
        best: The best value up to each of them.
        y: What is measured.
        configured: What the member scores as it is configured; a dashed line.
    """
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(2.1)
    axes = figure.subplots()
    quieten(axes, grid="y")
    if configured is not None:
        axes.axhline(configured, color=LIGHT["muted"], linewidth=1, linestyle=(0, (3, 2)))
        note = {"ha": "right", "va": "bottom", "fontsize": SMALL, "color": LIGHT["muted"]}
        axes.annotate("as configured", (1, configured), xycoords=("axes fraction", "data"), **note)
    trial = {"marker": "o", "linestyle": "none", "color": LIGHT["muted"], "markersize": 4}
    line = {"color": LIGHT["accent"], "linewidth": 1.8}
    axes.plot(numbers, values, **trial)
    axes.plot(numbers, best, drawstyle="steps-post", **line)
    add_legend(figure, {"a trial": trial, "the best so far": line})
    axes.set_ylim(*_limits(values, best, configured))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    few_ticks(axes.yaxis)
    label_axes(axes, "trial", y)
    return figure


def _limits(
    values: Sequence[float], best: Sequence[float], configured: float | None
) -> tuple[float, float]:
    median = float(np.median(values))
    good, bad = float(best[-1]), 2 * median - float(best[-1])
    ends = [good, bad, *([] if configured is None else [configured])]
    low, high = min(ends), max(ends)
    margin = 0.08 * (high - low) or 0.01
    return low - margin, high + margin
