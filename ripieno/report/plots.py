"""Figures of a run as PNG files: the report's own, for those who look in MLflow or on disk."""

from pathlib import Path
from typing import Any

import numpy as np

from ripieno.report.facts import ReportFacts
from ripieno.report.figures.canvas import add_title, any_script
from ripieno.report.figures.curves import learning_curves
from ripieno.report.figures.heat_map import confusion_matrix
from ripieno.report.members import held_out
from ripieno.report.sections.leaderboard import score_figure
from ripieno.report.sections.training import curves_of
from ripieno.report.theme import LIGHT
from ripieno.report.words import plural


def draw(facts: ReportFacts) -> dict[str, Any]:
    """The figures that people look at first, by name; without curves there is none of them.

    In the page each stands below a heading; alone it needs a title of its own.
    """
    summary = facts.summary
    counts = np.array(summary["ensemble"]["confusion_matrix"])
    images = plural(int(counts.sum()), "test image")
    titled = {
        "test_scores": (f"Log-loss on {images}", score_figure(summary, "log_loss")),
        "confusion_matrix": (
            f"Ensemble on {images}",
            confusion_matrix(counts, summary["data"]["classes"]),
        ),
    }
    if curves := curves_of(facts):
        figure = learning_curves(curves, held_out=held_out(summary))
        titled["learning_curves"] = ("Log-loss by epoch", figure)
    for title, figure in titled.values():
        add_title(figure, title)
    return {name: figure for name, (_, figure) in titled.items()}


def save(figure: Any, path: Path) -> Path:
    """Write a figure as PNG on light paper and return where."""
    with any_script():
        figure.savefig(path, dpi=160, facecolor=LIGHT["paper"])
    return path
