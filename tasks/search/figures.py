"""Optuna's own plots of a study, as PNG files."""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from optuna import Study
from optuna.exceptions import ExperimentalWarning

from ripieno.tuning.objectives import Objective

logger = logging.getLogger("ripieno.search")

MOST_PARAMETERS = 8
"""Panels of a slice plot, and axes of parallel coordinates: those that matter most."""


def draw_study(
    study: Study, objective: Objective, important: list[str], folder: Path
) -> list[Path]:
    """Draw what the trials allow; a plot that Optuna cannot draw of so few is left out.

    Args:
        study: Optuna's.
        objective: Its aims.
        important: Hyperparameters, the most important first.
        folder: Where the files go; made where it is missing.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    return [
        path
        for name, plot in _plots(study, objective, important).items()
        if (path := _save(plot, folder / f"{name}.png")) is not None
    ]


def _plots(
    study: Study, objective: Objective, important: list[str]
) -> dict[str, Callable[[], Any]]:
    from optuna.visualization import matplotlib as plots

    target: dict[str, Any] = {"target_name": objective.metrics[0]}
    if not objective.is_single:
        target["target"] = lambda trial: trial.values[0]
    shown = important[:MOST_PARAMETERS] or None
    drawn: dict[str, Callable[[], Any]] = {
        "history": lambda: plots.plot_optimization_history(study, **target),
        "importance": lambda: plots.plot_param_importances(study, **target),
        "parallel_coordinates": lambda: plots.plot_parallel_coordinate(study, shown, **target),
        "slice": lambda: plots.plot_slice(study, shown, **target),
    }
    if not objective.is_single:
        names = list(objective.metrics)
        drawn["pareto_front"] = lambda: plots.plot_pareto_front(study, target_names=names)
    return drawn


def _save(plot: Callable[[], Any], path: Path) -> Path | None:
    from matplotlib import pyplot, style

    with style.context("default"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.simplefilter("ignore", UserWarning)  # of layouts that matplotlib finds tight
        try:
            axes = plot()
            figure = _figure_of(axes)
            figure.set_size_inches(max(8.0, figure.get_size_inches()[0]), 5.0)
            figure.savefig(path, dpi=120, bbox_inches="tight")
        except (ValueError, RuntimeError, IndexError) as error:
            logger.debug("%s: %s", path.name, error)
            return None
        finally:
            pyplot.close("all")
    return path


def _figure_of(axes: Any) -> Any:
    """Optuna returns axes, or an array of them."""
    first = axes.flat[0] if hasattr(axes, "flat") else axes
    return first.figure
