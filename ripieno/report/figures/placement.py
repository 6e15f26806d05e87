"""Names beside their points, none upon another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ripieno.report.figures.canvas import SMALL, any_script, plain
from ripieno.report.theme import LIGHT

_GAP = 7.0  # points between the middle of a point and its name
_RADIUS = 4.0


@dataclass(frozen=True)
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Whether the two overlap."""
        return not (
            self.right <= other.left
            or other.right <= self.left
            or self.top <= other.bottom
            or other.top <= self.bottom
        )

    def within(self, other: "Box") -> bool:
        """Whether none of it lies outside the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )


def name_points(
    axes: Any,
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    corners: Sequence[tuple[float, float]] = (),
) -> None:
    """Write each name beside its point; one for which there is no room is left out.

    Args:
        axes: Their limits must be final.
        points: As (x, y), in data coordinates.
        names: One for each of the first points, which choose in their order.
        corners: Of a line of horizontal and vertical pieces that names keep off.
    """
    figure = axes.figure
    with any_script():
        figure.draw_without_rendering()  # settles the layout
    scale = 72 / figure.dpi

    def in_points(data: Sequence[tuple[float, float]]) -> Any:
        return axes.transData.transform(data) * scale if data else []

    left, bottom, _, _ = axes.bbox.extents * scale
    _, _, right, top = figure.bbox.extents * scale
    frame = Box(left, bottom, right, top)  # clear of the labels of the ticks
    placed = in_points(points)
    taken = [Box(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in placed]
    taken += list(_pieces(in_points(corners)))
    for (x, y), name, data in zip(placed, names, points, strict=False):
        text = plain(name)
        for box, offset, alignment in _places(x, y, _width(text)):
            if box.within(frame) and not any(box.meets(other) for other in taken):
                taken.append(box)
                _write(axes, text, data, offset, alignment)
                break


def _width(text: str) -> float:
    """Points that a name takes, with a little air."""
    from matplotlib.textpath import TextPath

    with any_script():
        return float(TextPath((0, 0), text, size=SMALL).get_extents().x1) + 2.0


def _pieces(corners: Any) -> Iterator[Box]:
    """The straight pieces of a line."""
    for (x, y), (next_x, next_y) in pairwise(corners):
        low, high = min(y, next_y), max(y, next_y)
        yield Box(x - 1, low - 1, next_x + 1, high + 1)


def _places(x: float, y: float, width: float) -> Iterator[tuple[Box, tuple[float, float], str]]:
    """Where a name may stand: its box, its offset from the point, and how it is aligned there."""
    half = 0.6 * SMALL
    for rise in (0.0, 8.0, -8.0, 12.0, -12.0):
        side = _GAP if abs(rise) < 10 else 0.0
        middle = y + rise
        right = Box(x + side, middle - half, x + side + width, middle + half)
        left = Box(x - side - width, middle - half, x - side, middle + half)
        yield right, (side, rise), "left"
        yield left, (-side, rise), "right"


def _write(
    axes: Any, text: str, data: tuple[float, float], offset: tuple[float, float], alignment: str
) -> None:
    note = axes.annotate(
        text,
        data,
        offset,
        textcoords="offset points",
        ha=alignment,
        va="center_baseline",
        fontsize=SMALL,
        color=LIGHT["ink"],
    )
    note.set_in_layout(False)
