"""Figures of a run as PNG files: the report's own, for those who look in MLflow or on disk."""

from pathlib import Path
from typing import Any

import numpy as np

from ripieno.report.facts import ReportFacts
from ripieno.report.figures.canvas import any_script
from ripieno.report.figures.curves import learning_curves
from ripieno.report.figures.heat_map import confusion_matrix
from ripieno.report.sections.leaderboard import score_figure
from ripieno.report.sections.training import curves_of
from ripieno.report.theme import LIGHT


def draw(facts: ReportFacts) -> dict[str, Any]:
    """The figures that people look at first, by name; without curves there is none of them."""
    summary = facts.summary
    counts = np.array(summary["ensemble"]["confusion_matrix"])
    figures = {
        "test_scores": score_figure(summary, "log_loss"),
        "confusion_matrix": confusion_matrix(counts, summary["data"]["classes"]),
    }
    curves = curves_of(facts)
    return figures | ({"learning_curves": learning_curves(curves)} if curves else {})


def save(figure: Any, path: Path) -> Path:
    """Write a figure as PNG on light paper and return where."""
    with any_script():
        figure.savefig(path, dpi=160, facecolor=LIGHT["paper"])
    return path
