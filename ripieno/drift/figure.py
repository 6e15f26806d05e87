"""How far each statistic has moved, and where that starts to count."""

from typing import Any

from ripieno.drift.detection import Drift
from ripieno.report.figures.canvas import (
    add_legend,
    add_title,
    label_axes,
    name_rows,
    new_figure,
    quieten,
    row_height,
    write_right,
)
from ripieno.report.theme import LIGHT
from ripieno.report.words import number, plural


def drift_figure(drift: Drift, psi: float) -> Any:
    """A bar a statistic, the largest shift on top; those that drifted in another colour.

    Args:
        drift: With shifts.
        psi: From where a shift is large: a line marks it.
    """
    names = sorted(drift.shifts, key=lambda name: -drift.shifts[name].psi)
    shifts = [drift.shifts[name] for name in names]
    figure = new_figure(row_height(len(names)))
    axes = figure.subplots()
    quieten(axes, grid="x")
    colours = [LIGHT["warm"] if shift.drifted else LIGHT["accent"] for shift in shifts]
    axes.barh(range(len(names)), [shift.psi for shift in shifts], height=0.62, color=colours)
    axes.axvline(psi, color=LIGHT["muted"], linewidth=1)
    for row, shift in enumerate(shifts):
        write_right(
            axes, row, number(shift.psi, ".2f"), weight="bold" if shift.drifted else "normal"
        )
    name_rows(axes, [name.replace("_", " ") for name in names])
    label_axes(axes, "population stability index")
    axes.set_xlim(0, max(1.1 * psi, 1.05 * shifts[0].psi))
    square = {"marker": "s", "linestyle": "none"}
    series = {"drifted": square | {"color": LIGHT["warm"]}}
    series |= {"not drifted": square | {"color": LIGHT["accent"]}}
    add_legend(figure, series | {"large from here": {"color": LIGHT["muted"], "linewidth": 1}})
    add_title(figure, f"Drift of {plural(drift.n_images, 'image')}")
    return figure
