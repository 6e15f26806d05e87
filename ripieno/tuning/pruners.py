"""Optuna's pruners by name: which trials are ended before their last epoch."""

import warnings
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field


def median(
    n_epochs: int,  # noqa: ARG001  # hyperband's
    *,
    startup_trials: Annotated[
        int, Field(ge=0, description="Trials that end before any is pruned.")
    ] = 5,
    warmup_epochs: Annotated[int, Field(ge=0, description="Epochs that every trial has.")] = 2,
) -> Any:
    """End a trial whose best epoch so far is worse than the median of the others at this epoch.

    References:
        Golovin et al. (2017), Google Vizier: A Service for Black-Box Optimization, section 3.2.2.
    """
    from optuna.pruners import MedianPruner

    return MedianPruner(startup_trials, warmup_epochs)


def hyperband(
    n_epochs: int,
    *,
    min_epochs: Annotated[int, Field(gt=0, description="Epochs that every trial has.")] = 1,
    reduction_factor: Annotated[
        int, Field(ge=2, description="Of so many trials one goes on at each rung.")
    ] = 3,
) -> Any:
    """Give more epochs to the best of several brackets of trials.

    References:
        Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018), Hyperband: A Novel Bandit-Based
        Approach to Hyperparameter Optimization.
    """
    from optuna.pruners import HyperbandPruner

    # max_epochs below min_epochs would have no bracket.
    return HyperbandPruner(min_epochs, max(n_epochs, min_epochs), reduction_factor)


def wilcoxon(
    n_epochs: int,  # noqa: ARG001  # hyperband's
    *,
    p_threshold: Annotated[
        float, Field(gt=0, lt=1, description="Prune where the p-value is below.")
    ] = 0.1,
    startup_epochs: Annotated[int, Field(ge=2, description="Epochs that every trial has.")] = 2,
) -> Any:
    """End a trial whose epochs are worse than the best trial's, by Wilcoxon's signed-rank test."""
    from optuna.exceptions import ExperimentalWarning
    from optuna.pruners import WilcoxonPruner

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return WilcoxonPruner(p_threshold=p_threshold, n_startup_steps=startup_epochs)


def none(n_epochs: int) -> Any:  # noqa: ARG001  # hyperband's
    """Every trial has all its epochs."""
    from optuna.pruners import NopPruner

    return NopPruner()


PRUNERS: dict[str, Callable[..., Any]] = {
    "hyperband": hyperband,
    "median": median,
    "none": none,
    "wilcoxon": wilcoxon,
}
