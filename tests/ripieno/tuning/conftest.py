"""Small searches: a space with a dimension of every kind, and studies that take microseconds."""

import optuna
import pytest

from ripieno.tuning.dimensions import Choices, Range
from ripieno.tuning.per_trial import PerTrialSampler
from ripieno.tuning.samplers import SAMPLERS

SPACE = {
    "x": Range(-1.0, 1.0),
    "rate": Range(1e-4, 1e-1, log=True),
    "n": Range(1, 4, integer=True),
    "width": Range(8, 64, log=True, integer=True),
    "share": Range(0.0, 1.0, step=0.5),
    "kind": Choices(("plain", None, [1, 2])),
}


def cost(values):
    """Lowest at x = 0.5, few layers and the plain kind."""
    return (values["x"] - 0.5) ** 2 + values["n"] + 10 * values["rate"] + (values["kind"] is None)


class Toy:
    """A search of `SPACE`, or of another space, in a storage that may outlive it."""

    def __init__(self, kind, *, seed=3, space=SPACE, storage=None, cost=cost, **settings):
        self.space, self.cost = space, cost
        self.study = optuna.create_study(
            study_name="toy",
            storage=storage or optuna.storages.InMemoryStorage(),
            load_if_exists=True,
            sampler=PerTrialSampler(lambda i: SAMPLERS[kind](seed, i, space, **settings)),
        )

    def run(self, n_trials):
        for _ in range(n_trials):
            trial = self.study.ask()
            self.study.tell(trial, self.cost(self.suggest(trial)))
        return self

    def suggest(self, trial):
        return {name: each.suggest(trial, name) for name, each in self.space.items()}

    @property
    def params(self):
        return [trial.params for trial in self.study.trials]


@pytest.fixture(autouse=True)
def quiet_optuna():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


@pytest.fixture
def toy():
    return Toy
