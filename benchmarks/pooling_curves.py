"""The time of a fit against samples and against members, as a plot."""

from pathlib import Path
from typing import Any

Points = dict[str, list[tuple[int, int, float]]]
_MEMBERS_SHOWN = (5, 20, 50)
_SAMPLES_SHOWN = (1_000, 10_000, 100_000)
_STYLES = ("-o", "--s", ":^")


def draw(curves: Points, path: Path) -> None:
    """Write the two panels to a PNG file.

    Args:
        curves: Samples, members and seconds, by solver.
        path: Where it goes; folders are made.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(11, 5.5), sharey=True, layout="constrained")
    for solver, style in zip(curves, _STYLES, strict=False):
        points = sorted(curves[solver])
        for i, m in enumerate(_MEMBERS_SHOWN):
            line = [(n, seconds) for n, members, seconds in points if members == m]
            _plot(panels[0], line, style, f"C{i}", f"{solver}, {m} members")
        for i, n in enumerate(_SAMPLES_SHOWN):
            line = [(m, seconds) for samples, m, seconds in points if samples == n]
            _plot(panels[1], line, style, f"C{i}", f"{solver}, {n:,} samples")
    for panel, axis in zip(panels, ("samples", "members"), strict=True):
        panel.set(xscale="log", yscale="log", xlabel=axis, ylabel="seconds")
        panel.grid(alpha=0.3)
        panel.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    ticks = sorted({m for points in curves.values() for _, m, _ in points})
    panels[1].set_xticks(ticks, labels=[str(m) for m in ticks], minor=False)
    panels[1].minorticks_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _plot(panel: Any, line: list[tuple[int, float]], style: str, colour: str, label: str) -> None:
    if line:
        panel.plot(*zip(*line, strict=True), style, color=colour, label=label, markersize=5)
