"""How good members and ensembles are against what they cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ripieno.report.figures.canvas import (
    add_legend,
    few_ticks,
    label_axes,
    new_figure,
    quieten,
    widen_scale,
)
from ripieno.report.figures.placement import name_points
from ripieno.report.theme import LIGHT
from ripieno.report.words import tick

_STYLES: Mapping[str, dict[str, Any]] = {
    "ensemble": {"marker": "D", "color": LIGHT["accent"], "markersize": 7},
    "member": {"marker": "o", "color": LIGHT["muted"], "markersize": 5},
    "cheapest linear pools": {"marker": "o", "color": LIGHT["accent"], "markersize": 4},
}


@dataclass(frozen=True)
class Point:
    """A model.

    Attributes:
        name: Stands beside it.
        milliseconds: To predict one image.
        value: How good it is.
    """

    name: str
    milliseconds: float
    value: float

    @property
    def position(self) -> tuple[float, float]:
        """As (x, y)."""
        return self.milliseconds, self.value


def cost(
    members: Sequence[Point],
    ensemble: Point,
    y: str,
    frontier: Sequence[Point] = (),
    write_tick: Callable[[float], str] = tick,
) -> Any:
    """Members in grey, the ensemble a blue diamond; steps join pools that no cheaper one beats.

    Args:
        members: Named where there is room.
        ensemble: Named first.
        y: What the values are.
        frontier: From the cheapest; not named.
        write_tick: How a value is written on the axis.
    """
    figure = new_figure(3.1)
    axes = figure.subplots()
    quieten(axes, grid="both")
    corners = _steps(frontier)
    axes.plot(*_columns(corners), color=LIGHT["accent"], linewidth=1.2)
    dots = {name: style | {"linestyle": "none"} for name, style in _STYLES.items()}
    axes.plot(*_columns([p.position for p in frontier]), **dots["cheapest linear pools"])
    axes.plot(*_columns([p.position for p in members]), **dots["member"])
    axes.plot(*_columns([ensemble.position]), **dots["ensemble"])
    shown = {name: dots[name] for name in ("ensemble", "member")}
    steps = _STYLES["cheapest linear pools"] | {"linewidth": 1.2}
    add_legend(figure, shown | ({"cheapest linear pools": steps} if frontier else {}))
    named = [ensemble, *members]
    points = [*named, *frontier]
    widen_scale(axes, "x", [point.milliseconds for point in points])
    if write_tick is tick:
        widen_scale(axes, "y", [point.value for point in points])
    else:
        few_ticks(axes.yaxis, write_tick)
    axes.margins(0.12)
    label_axes(axes, "milliseconds an image", y)
    name_points(axes, [p.position for p in points], [p.name for p in named], corners)
    return figure


def _steps(frontier: Sequence[Point]) -> list[tuple[float, float]]:
    """The corners of a line that falls where the next pool can be paid for."""
    corners = [point.position for point in frontier[:1]]
    for before, after in pairwise(frontier):
        corners += [(after.milliseconds, before.value), after.position]
    return corners


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
