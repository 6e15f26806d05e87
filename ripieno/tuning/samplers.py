"""Optuna's samplers by name. Keyword-only parameters are settings, as everywhere.

A sampler is made anew for every trial, from the search's seed and the trial's position: a search
that goes on after it was killed neither repeats its first trials nor continues with others than it
would have had, and two processes that share a study never draw the same.
"""

import math
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ripieno.errors import ConfigurationError
from ripieno.tuning.dimensions import Space

MAX_COMBINATIONS = 100_000


def bayesian(
    seed: int,
    position: int,
    space: Space,  # noqa: ARG001  # a grid's
    *,
    model: Annotated[
        Literal["tpe", "gp"],
        Field(description="Tree-structured Parzen estimators, or a Gaussian process (PyTorch)."),
    ] = "tpe",
    startup_trials: Annotated[
        int, Field(ge=0, description="Random trials before the model is asked.")
    ] = 10,
) -> Any:
    """A model of what has been tried proposes where an improvement is to be expected.

    References:
        Bergstra, Bardenet, Bengio & Kégl (2011), Algorithms for Hyper-Parameter Optimization.
        Ament et al. (2023), Unexpected Improvements to Expected Improvement for Bayesian
        Optimization.
    """
    from optuna.samplers import GPSampler, TPESampler

    own = _seed(seed, position)
    if model == "tpe":
        return TPESampler(n_startup_trials=startup_trials, seed=own)
    return GPSampler(n_startup_trials=startup_trials, seed=own, warn_independent_sampling=False)


def genetic(
    seed: int,
    position: int,
    space: Space,  # noqa: ARG001  # a grid's
    *,
    population: Annotated[
        int, Field(ge=2, description="Complete trials in a generation; 3 or more for spx and undx.")
    ] = 6,
    crossover: Annotated[
        Literal["uniform", "blx_alpha", "sbx", "spx", "undx", "vsbx"],
        Field(description="How the numbers of parents are mixed; choices are always swapped."),
    ] = "uniform",
    crossover_probability: Annotated[
        float, Field(ge=0, le=1, description="Probability of mixing parents, not copying one.")
    ] = 0.9,
    swapping_probability: Annotated[
        float, Field(ge=0, le=1, description="Probability of swapping each value of the parents.")
    ] = 0.5,
    mutation: Annotated[
        Literal["uniform", "polynomial"],
        Field(description="Draw a value anew, or one near the parent's."),
    ] = "uniform",
    mutation_probability: Annotated[
        float | None, Field(ge=0, le=1, description="For each value; null: 1 / number of values.")
    ] = None,
) -> Any:
    """A genetic algorithm, NSGA-II: generations of children of the best.

    References:
        Deb, Pratap, Agarwal & Meyarivan (2002), A Fast and Elitist Multiobjective Genetic
        Algorithm: NSGA-II.
    """
    from optuna.exceptions import ExperimentalWarning
    from optuna.samplers import NSGAIISampler, nsgaii

    crossovers = {
        "blx_alpha": nsgaii.BLXAlphaCrossover,
        "sbx": nsgaii.SBXCrossover,
        "spx": nsgaii.SPXCrossover,
        "undx": nsgaii.UNDXCrossover,
        "vsbx": nsgaii.VSBXCrossover,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return NSGAIISampler(
            population_size=population,
            crossover=crossovers[crossover]() if crossover in crossovers else None,
            crossover_prob=crossover_probability,
            swapping_prob=swapping_probability,
            mutation=nsgaii.PolynomialMutation() if mutation == "polynomial" else None,
            mutation_prob=mutation_probability,
            seed=_seed(seed, position),
        )


def random(seed: int, position: int, space: Space) -> Any:  # noqa: ARG001  # a grid's
    """Values drawn at random, each on its scale."""
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=_seed(seed, position))


def grid(
    seed: int,
    position: int,  # noqa: ARG001  # the order is one for all trials
    space: Space,
    *,
    points: Annotated[
        int, Field(ge=2, description="Values of a range that has no step, evenly spread.")
    ] = 3,
) -> Any:
    """Every combination once, in a random order; nothing is tried beyond."""
    from optuna.samplers import GridSampler

    return GridSampler(grid_values(space, points), seed=seed)


SAMPLERS: dict[str, Callable[..., Any]] = {
    "bayesian": bayesian,
    "genetic": genetic,
    "grid": grid,
    "random": random,
}


def grid_values(space: Space, points: int) -> dict[str, list[Any]]:
    """The values of every dimension of a grid, as Optuna stores them."""
    return {name: dimension.points(points) for name, dimension in space.items()}


def n_combinations(space: Space, points: int) -> int:
    """Combinations of a grid."""
    return math.prod(len(values) for values in grid_values(space, points).values())


def check_sampler(kind: str, settings: dict[str, Any], space: Space) -> None:
    """Refuse a sampler that could not be made, before the first trial.

    Raises:
        ConfigurationError: In one line that says what to change.
    """
    if settings.get("model") == "gp" and find_spec("torch") is None:
        raise ConfigurationError(
            "sampler.model: gp needs PyTorch, which is not installed (about 5 GB on Linux). Run"
            " make setup-gp, or choose tpe."
        )
    if settings.get("crossover") in ("spx", "undx") and settings["population"] < 3:
        raise ConfigurationError(
            f"sampler.population: expected 3 or more for {settings['crossover']}, which mixes three"
            f" parents, received {settings['population']}."
        )
    if kind == "grid" and (n := n_combinations(space, settings["points"])) > MAX_COMBINATIONS:
        largest = max(space, key=lambda name: len(space[name].points(settings["points"])))
        raise ConfigurationError(
            f"sampler: expected a grid of at most {MAX_COMBINATIONS:,} combinations, received"
            f" {n:.1e} of {len(space)} hyperparameters. Fix some of them, as in"
            f" {largest}: {_example(space[largest].ends[0])}."
        )


def _example(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seed(seed: int, position: int) -> int:
    """A seed of its own for every trial, of 32 bits as Optuna wants it."""
    return int(np.random.SeedSequence([seed, position]).generate_state(1)[0])
