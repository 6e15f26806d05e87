"""Figures of a run: drawn without a display, colour-blind safe, closed by whoever saves them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ripieno.types import IntArray

# Okabe & Ito (2008): eight colours that stay apart with every common colour blindness.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")


def learning_curves(histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    """Log-loss in nats by epoch: validation drawn through, training dashed, a colour a member.

    Args:
        histories: For each member, its epochs as `{"number", "metrics": {...}}`.
    """
    figure, axes = new_figure(7, 4)
    for i, (name, epochs) in enumerate(histories.items()):
        colour = COLOURS[i % len(COLOURS)]
        numbers = [epoch["number"] for epoch in epochs]
        for metric, style in (("validation_log_loss", "-"), ("train_log_loss", "--")):
            values = [epoch["metrics"].get(metric, np.nan) for epoch in epochs]
            label = name if style == "-" else None
            axes.plot(numbers, values, style, color=colour, label=label, marker=".")
    axes.set(xlabel="epoch", ylabel="log-loss (nats)", title="Validation (line), training (dashed)")
    axes.legend(frameon=False)
    return figure


def test_scores(names: Sequence[str], log_losses: Sequence[float]) -> Any:
    """Test log-loss in nats of the members and the ensemble, best on top."""
    order = np.argsort(log_losses)[::-1]
    figure, axes = new_figure(7, 0.8 + 0.4 * len(names))
    values = [log_losses[i] for i in order]
    colours = [COLOURS[3] if names[i] == "ensemble" else COLOURS[0] for i in order]
    bars = axes.barh([names[i] for i in order], values, color=colours)
    axes.bar_label(bars, fmt="%.4f", padding=3)
    axes.margins(x=0.15)
    axes.set(xlabel="test log-loss (nats), lower is better")
    return figure


def confusion_matrix(counts: IntArray, class_names: Sequence[str]) -> Any:
    """Counts of shape (n_classes, n_classes), true classes down, shaded by share of the row."""
    n_classes = len(class_names)
    size = 2 + 0.45 * min(n_classes, 40)
    figure, axes = new_figure(size, size)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set(xlabel="predicted", ylabel="true", title="Ensemble on test")
    if n_classes <= 40:
        axes.set_xticks(range(n_classes), class_names, rotation=90)
        axes.set_yticks(range(n_classes), class_names)
    if n_classes <= 20:
        for (i, j), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[i, j] > 0.5 else "black"
                axes.text(j, i, str(count), ha="center", va="center", color=colour, fontsize=8)
    return figure


def new_figure(width: float, height: float) -> tuple[Any, Any]:
    """A figure outside pyplot: nothing global, so threads may draw side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def save(figure: Any, path: Path) -> Path:
    """Write a figure as PNG and return where."""
    figure.savefig(path, dpi=130)
    return path
