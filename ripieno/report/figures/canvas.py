"""What all figures share: size, type, quiet axes, and names that matplotlib leaves alone.

A figure is 360 points wide: as wide as a phone, where its type stays legible.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ripieno.report.theme import LIGHT
from ripieno.report.words import shortened, tick

WIDTH = 5.0  # inches of 72 points
TEXT = 9.8  # points
SMALL = 8.6


def new_figure(height: float, width: float = WIDTH) -> Any:
    """A figure outside pyplot, in inches: nothing global, so threads may draw side by side."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0.04, hspace=0.04)
    return Figure(figsize=(width, height), facecolor="none", layout=layout)


@contextmanager
def any_script() -> Iterator[None]:
    """Names in scripts that matplotlib's font lacks are drawn without a warning.

    In a page the reader's own fonts draw them; matplotlib only measures.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def quieten(axes: Any, *, grid: str | None = None) -> None:
    """Thin axes without a box; `grid` draws lines across the x or the y axis, or both."""
    axes.patch.set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LIGHT["rule"])
    axes.tick_params(which="both", length=0, pad=4, labelsize=SMALL, labelcolor=LIGHT["muted"])
    axes.set_axisbelow(True)
    if grid is not None:
        axes.grid(axis=grid, color=LIGHT["rule"], linewidth=0.6)


def label_axes(axes: Any, x: str = "", y: str = "") -> None:
    """Say what the axes measure."""
    axes.set_xlabel(x, fontsize=TEXT, color=LIGHT["muted"], labelpad=5)
    axes.set_ylabel(y, fontsize=TEXT, color=LIGHT["muted"], labelpad=5)


def add_legend(figure: Any, series: Mapping[str, Mapping[str, Any]], note: str = "") -> None:
    """Say below the axes what each mark stands for; the figure grows by a line.

    Args:
        figure: Its layout is not settled yet.
        series: For each name how its line or marker is drawn, as `axes.plot` takes it.
        note: How to read it, on a line of its own.
    """
    from matplotlib.lines import Line2D

    _grow(figure, 0.44 if note else 0.24)
    legend = figure.legend(
        handles=[Line2D([], [], label=plain(name, 44), **style) for name, style in series.items()],
        loc="outside lower left",
        ncols=len(series),
        frameon=False,
        fontsize=SMALL,
        labelcolor=LIGHT["muted"],
        borderaxespad=0.0,
        borderpad=0.2,
        handlelength=1.8,
        handletextpad=0.5,
        columnspacing=1.4,
        title=note or None,
        title_fontsize=SMALL,
        alignment="left",
    )
    legend.get_title().set_color(LIGHT["muted"])


def add_title(figure: Any, title: str) -> None:
    """A title above the axes, for a figure that stands alone; the figure grows by a line."""
    _grow(figure, 0.3)
    style = {"fontsize": TEXT, "fontweight": "bold", "color": LIGHT["ink"]}
    figure.suptitle(plain(title, 80), x=0.01, ha="left", **style)


def _grow(figure: Any, inches: float) -> None:
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + inches)


def name_rows(axes: Any, names: Sequence[str], emphasised: int | None = None) -> None:
    """Names on the y axis, the first on top."""
    axes.set_yticks(range(len(names)), [plain(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", labelsize=TEXT, labelcolor=LIGHT["ink"])
    if emphasised is not None:
        axes.get_yticklabels()[emphasised].set_fontweight("bold")


def write_right(
    axes: Any, row: float, text: str, size: float = TEXT, role: str = "ink", weight: str = "normal"
) -> None:
    """Text in the margin at the right of a row."""
    axes.text(
        1.03,
        row,
        text,
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=size,
        color=LIGHT[role],
        weight=weight,
    )


def row_height(n_rows: int, each: float = 0.265, rest: float = 0.52) -> float:
    """Inches that a figure of so many rows needs."""
    return rest + each * max(n_rows, 1)


def plain(name: str, n_letters: int = 22) -> str:
    """A name as matplotlib draws it letter by letter: `$` starts no formula."""
    printable = "".join(c if c.isprintable() else " " for c in name)
    return shortened(printable, n_letters).replace("$", r"\$")


def few_ticks(axis: Any, write: Callable[[float], str] = tick) -> None:
    """Four ticks or so, written the report's way."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(4))
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))


def widen_scale(axes: Any, name: str, values: Sequence[float]) -> None:
    """A logarithmic axis where positive values differ more than tenfold; few ticks either way."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    finite = [value for value in values if np.isfinite(value)]
    axis = getattr(axes, f"{name}axis")
    if not finite or min(finite) <= 0 or max(finite) <= 10 * min(finite):
        few_ticks(axis)
        return
    getattr(axes, f"set_{name}scale")("log")
    several = max(finite) < 300 * min(finite)
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if several else (1,)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
