"""Matrices as cells of one blue: what is confused with what, who disagrees with whom."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.report.figures.canvas import WIDTH, label_axes, new_figure, plain, quieten
from ripieno.report.theme import HEAT, LIGHT, MAX_HEAT
from ripieno.types import FloatArray, IntArray

MAX_NAMED = 30
"""More rows than this are drawn without names."""
_N_WRAPPED = 4
_MIN_TYPE = 5.0  # points; smaller is not written
_ROOM = 240.0  # points that the columns share, or thereabouts


def confusion_matrix(counts: IntArray, class_names: Sequence[str]) -> Any:
    """Counts of shape (n_classes, n_classes), true classes down.

    Shaded by the square root of the share of the row, which keeps rare confusions in sight.
    """
    shares = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    texts = [[str(count) if count else "" for count in row] for row in counts.tolist()]
    return _heat_map(shares, texts, class_names, "predicted", "true")


def pairwise(values: FloatArray, names: Sequence[str]) -> Any:
    """Shares in [0, 1] of shape (n, n), symmetric: the lower triangle; NaN stays empty."""
    shown = np.where(np.tri(len(names), k=-1, dtype=bool), values, np.nan)[1:, :-1]
    scale = float(np.nanmax(shown, initial=0.0)) or 1.0
    texts = [["" if np.isnan(v) else f"{v:.1%}" for v in row] for row in shown.tolist()]
    return _heat_map(shown / scale, texts, names[:-1], "", "", row_names=names[1:])


def _heat_map(
    shares: NDArray[np.float64],
    texts: Sequence[Sequence[str]],
    column_names: Sequence[str],
    x: str,
    y: str,
    row_names: Sequence[str] | None = None,
) -> Any:
    """Cells as opaque as their share in [0, 1]; NaN is left out."""
    n_rows, n_columns = shares.shape
    figure = new_figure(WIDTH if n_columns > 4 else 1.6 + 0.5 * n_rows)
    axes = figure.subplots()
    quieten(axes)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.imshow(_cells(shares), interpolation="none", aspect="equal" if n_columns > 4 else "auto")
    label_axes(axes, x, y)
    if max(shares.shape) <= MAX_NAMED:
        _name(axes, row_names or column_names, column_names)
        _write(axes, texts)
    return figure


def _cells(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """RGBA of shape (n_rows, n_columns, 4)."""
    opacity = np.nan_to_num(shares, nan=0.0) * MAX_HEAT * 255
    cells = np.empty((*shares.shape, 4), dtype=np.uint8)
    cells[..., :3] = HEAT
    cells[..., 3] = np.rint(opacity)
    return cells


def _name(axes: Any, row_names: Sequence[str], column_names: Sequence[str]) -> None:
    size = min(8.6, 210 / max(len(row_names), len(column_names)))
    across, down = _written(column_names), _written(row_names)
    axes.set_xticks(range(len(across)), across)
    axes.set_yticks(range(len(down)), down)
    axes.tick_params(axis="both", labelsize=size, labelcolor=LIGHT["ink"])
    widest = max((len(line) for name in across for line in name.splitlines()), default=0)
    if widest * 0.62 * size * len(across) > _ROOM:
        axes.tick_params(axis="x", labelrotation=90)


def _written(names: Sequence[str]) -> list[str]:
    """Long names on several lines where there are few, cut in the middle where there are many."""
    if len(names) > _N_WRAPPED:
        return [plain(name, 18) for name in names]
    width = int(_ROOM / 0.62 / 8.6 / len(names))
    return [_broken(plain(name, 44), min(width, 20)) for name in names]


def _broken(name: str, width: int) -> str:
    """A name on lines that end at a space or behind an underscore."""
    lines = wrap(name.replace("_", "_ "), width)
    return "\n".join(lines).replace("_ ", "_")


def _write(axes: Any, texts: Sequence[Sequence[str]]) -> None:
    """The values, where the cells are large enough for them."""
    longest = max((len(text) for row in texts for text in row), default=1)
    size = min(8.6, _ROOM / len(texts[0]) / (0.68 * max(longest, 1)))
    if size < _MIN_TYPE:
        return
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            if text:
                axes.text(j, i, text, ha="center", va="center", fontsize=size, color=LIGHT["ink"])
