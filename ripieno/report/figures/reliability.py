"""Reliability: is the ensemble right as often as it says?"""

from collections.abc import Sequence
from typing import Any

from ripieno.report.figures.canvas import few_ticks, label_axes, new_figure, quieten
from ripieno.report.theme import LIGHT
from ripieno.report.words import tick_percent


def reliability(confidence: Sequence[float], accuracy: Sequence[float], start: float = 0.0) -> Any:
    """Accuracy of bins against their confidence, each joined to the diagonal, which is perfect.

    Args:
        confidence: Mean confidence of each bin, in [0, 1].
        accuracy: Share of each bin that is right.
        start: Where both axes begin.
    """
    figure = new_figure(3.4)
    axes = figure.subplots()
    quieten(axes)
    axes.plot([start, 1], [start, 1], color=LIGHT["faint"], linewidth=1)
    axes.vlines(confidence, confidence, accuracy, LIGHT["accent"], linewidth=1.2)
    axes.plot(confidence, accuracy, "o", color=LIGHT["accent"], markersize=5, clip_on=False)
    axes.set(xlim=(start, 1), ylim=(start, 1), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        few_ticks(axis, tick_percent)
    label_axes(axes, "confidence", "accuracy")
    return figure
