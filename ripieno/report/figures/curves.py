"""Learning curves: a panel a member, all on the same scales."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.report.figures.canvas import (
    TEXT,
    add_legend,
    few_ticks,
    new_figure,
    plain,
    quieten,
    widen_scale,
)
from ripieno.report.theme import LIGHT
from ripieno.report.words import tick_percent

Histories = Mapping[str, Sequence[Mapping[str, Any]]]
N_FAINT = 8
"""Up to so many members, each panel shows the others faintly."""
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "validation": {"color": LIGHT["accent"], "linewidth": 1.8},
    "training": {"color": LIGHT["muted"], "linewidth": 1.2, "linestyle": (0, (3, 2))},
    "other members": {"color": LIGHT["faint"], "linewidth": 0.7},
}


def learning_curves(
    histories: Histories,
    metric: str = "log_loss",
    y: str = "log-loss",
    held_out: str = "validation",
) -> Any:
    """A metric by epoch: validation drawn through, training dashed where it was measured.

    Args:
        histories: For each member, its epochs as `{"number", "metrics": {...}}`; one at least.
        metric: As in the epochs' metrics, without its split.
        y: What the metric is called.
        held_out: What the legend calls the images that are not trained on.
    """
    from matplotlib.ticker import MaxNLocator

    columns = min(2, len(histories))
    rows = -(-len(histories) // columns)
    figure = new_figure(0.4 + 1.25 * rows + 0.2 * (len(histories) % columns))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    splits = [f"{split}_{metric}" for split in ("train", "validation")]
    values = np.concatenate([values_of(e, s) for e in histories.values() for s in splits])
    if metric == "accuracy":
        few_ticks(panels[0, 0].yaxis, tick_percent)
    else:
        widen_scale(panels[0, 0], "y", values.tolist())
    panels[0, 0].xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for i, axes in enumerate(panels.flat):
        axes.set_visible(i < len(histories))
        lowest = i + columns >= len(histories)
        axes.tick_params(labelbottom=lowest)
        axes.set_xlabel("epoch" if lowest else "", fontsize=TEXT, color=LIGHT["muted"])
    for axes, name in zip(panels.flat, histories, strict=False):
        quieten(axes, grid="y")
        _draw(axes, name, histories, metric)
        axes.set_title(plain(name), loc="left", fontsize=TEXT, color=LIGHT["ink"], pad=3)
    measured = np.isfinite(np.concatenate([values_of(e, splits[0]) for e in histories.values()]))
    drawn = {"validation": True, "training": bool(measured.any())}
    drawn["other members"] = 1 < len(histories) <= N_FAINT
    named = {"validation": held_out}
    styles = {named.get(of, of): _STYLES[of] for of, is_drawn in drawn.items() if is_drawn}
    add_legend(figure, styles)
    figure.supylabel(y, fontsize=TEXT, color=LIGHT["muted"])
    return figure


def values_of(epochs: Sequence[Mapping[str, Any]], metric: str) -> NDArray[np.float64]:
    """A metric by epoch, NaN where there is none or it is not finite, of shape (n_epochs,)."""
    read = [epoch["metrics"].get(metric) for epoch in epochs]
    values = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _draw(axes: Any, name: str, histories: Histories, metric: str) -> None:
    def line(of: str, split: str, **style: Any) -> None:
        numbers = [epoch["number"] for epoch in histories[of]]
        axes.plot(numbers, values_of(histories[of], f"{split}_{metric}"), **style)

    if len(histories) <= N_FAINT:
        for other in histories:
            if other != name:
                line(other, "validation", **_STYLES["other members"])
    line(name, "train", **_STYLES["training"])
    line(name, "validation", **_STYLES["validation"])
