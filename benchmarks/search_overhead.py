"""What a trial costs beyond its training, four in flight: ripieno's search against Optuna alone.

The member is a forest of one tree, which trains in milliseconds, searched over a real number, so
that no two trials are the same. Optuna alone drives the same trainings (`tasks.jobs.train`) in the
same kind of workers by `Study.optimize(n_jobs=4)`, in memory and with a journal file: no store, no
MLflow, no Prefect, no order. Two budgets part what a search costs once from what each trial adds.
"""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from benchmarks.search_runs import run_search
from conf.workspace import Workspace

if TYPE_CHECKING:
    from ripieno.runtime.workers import Workers

IN_FLIGHT = 4
TARGET = 0.3
MEMBER = "forest"
CHANGES = (
    "members={forest: {architecture: scikit_learn, params: {n_estimators: 1}}}",
    "ensemble.min_members=1",
    f"runner={{workers: {IN_FLIGHT}}}",
    "tuning={members: {forest: {estimator: ExtraTreesClassifier,"
    " ExtraTreesClassifier.n_estimators: 1}}, pruner: {kind: none}, sampler: {kind: bayesian}}",
    "tracking.experiment=overhead",
)
Run = Callable[[int], float]
"""From a number of trials to the seconds that they took."""
Costs = dict[int, list[tuple[float, float]]]
"""By number of trials: seconds and processor seconds, a pair a round."""


def compare(folder: Path, budgets: list[int], n_rounds: int) -> None:
    """Time both sides in turns, and print what a trial costs.

    Args:
        folder: Where Optuna alone keeps its files.
        budgets: Two numbers of trials, the smaller first.
        n_rounds: Rounds; medians count.
    """
    from ripieno.runtime.workers import WorkerPool

    print(f"\nSeconds of a search with {IN_FLIGHT} in flight, a one-tree forest on the digits")
    ripieno = Ripieno()
    ripieno(2 * IN_FLIGHT)  # warms up: imports, MLflow's database, the data
    with WorkerPool(IN_FLIGHT) as workers:
        peer = OptunaAlone(ripieno.data, workers, folder)
        peer.in_memory(2 * IN_FLIGHT)
        runs: dict[str, Run] = {
            "ripieno": ripieno,
            "Optuna in memory": peer.in_memory,
            "Optuna with a journal": peer.with_journal,
        }
        costs = _in_turns(runs, budgets, n_rounds)
    _tell(costs, budgets)


class Ripieno:
    """Ripieno's search stage: opening the study, the member as configured, trials, publishing.

    Attributes:
        data: Folder of the training and validation split, after the first search.
    """

    def __init__(self) -> None:
        self.data = Path()
        self._seed = 0

    def __call__(self, n_trials: int) -> float:
        """Run a search of its own seed, which has a study of its own and finds nothing stored."""
        from conf.search_flags import SearchFlags

        self._seed += 1
        flags = SearchFlags(trials=str(n_trials))
        done = run_search("digits", [*CHANGES, f"seed={self._seed}"], flags)
        (found,) = done["search"]
        if found["counts"]["complete"] != n_trials:
            raise RuntimeError(f"Expected {n_trials} complete trials: {found['counts']}")
        self.data = Workspace.default().store / "data" / done["data"]["fingerprint"]
        return float(done["run"]["stages"]["search"])


class OptunaAlone:
    """The same trainings under `Study.optimize`; the workers are warm.

    Args:
        data: Folder of the training and validation split.
        workers: Where they train.
        folder: Where they and the journals are written.
    """

    def __init__(self, data: Path, workers: "Workers", folder: Path) -> None:
        from conf.loading import load_configuration
        from conf.narrowing import search_of
        from ripieno.data.storage import open_training

        configuration = load_configuration("digits", CHANGES)
        self._member = configuration.members[MEMBER]
        tuning: Any = configuration.tuning  # which is set
        self._sampler = tuning.sampler
        self._propose = search_of(self._member, tuning.members[MEMBER])
        self._labels = np.asarray(open_training(data).validation.labels)
        self._data, self._workers, self._folder = data, workers, folder
        self._n_runs = 0

    def in_memory(self, n_trials: int) -> float:
        """Seconds with Optuna's own in-memory storage."""
        return self._optimize(n_trials, None)

    def with_journal(self, n_trials: int) -> float:
        """Seconds with a new journal file."""
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        path = self._folder / f"{self._n_runs}.journal"
        return self._optimize(n_trials, JournalStorage(JournalFileBackend(str(path))))

    def _optimize(self, n_trials: int, storage: Any) -> float:
        import optuna

        from ripieno.tuning import SAMPLERS

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._n_runs += 1
        section = self._sampler
        sampler = SAMPLERS[section.kind](self._n_runs, 0, {}, **section.settings)
        started = time.perf_counter()
        study = optuna.create_study(storage=storage, sampler=sampler)
        study.optimize(self._train, n_trials, n_jobs=IN_FLIGHT)
        return time.perf_counter() - started

    def _train(self, trial: Any) -> float:
        from conf.narrowing import member_of
        from ripieno.evaluation.metrics import log_loss
        from tasks.jobs import VALIDATION_PROBA, TrainingJob, train

        member = member_of(self._member, self._propose(trial), self._n_runs)
        directory = Path(tempfile.mkdtemp(dir=self._folder))
        job = TrainingJob(
            architecture=member.architecture,
            settings=member.settings,
            data=self._data,
            directory=directory,
            epochs=directory.with_suffix(".jsonl"),
            seed=self._n_runs,
        )
        self._workers.submit(train, job).result()
        return float(log_loss(np.load(directory / VALIDATION_PROBA), self._labels))


def _in_turns(runs: dict[str, Run], budgets: list[int], n_rounds: int) -> dict[str, Costs]:
    """What every run and budget costs, by name, an entry a round."""
    costs: dict[str, Costs] = {name: {n: [] for n in budgets} for name in runs}
    for k in range(n_rounds):
        for n in budgets:
            for name, run in runs.items():
                before = processor_seconds()
                seconds = run(n)
                costs[name][n].append((seconds, processor_seconds() - before))
            shown = ", ".join(f"{name} {costs[name][n][-1][0]:.1f} s" for name in runs)
            load = os.getloadavg()[0]
            print(f"round {k + 1}, {n} trials: {shown}; load {load:.1f}", flush=True)
    return costs


def processor_seconds() -> float:
    """Of this process and all below it, those that have ended included."""
    total = 0.0
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.Error):  # it has ended meanwhile
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _tell(costs: dict[str, Costs], budgets: list[int]) -> None:
    few, many = budgets
    # (n_rounds, 2): seconds, and processor seconds, that each further trial adds
    slopes = {
        name: (np.array(each[many]) - np.array(each[few])) / (many - few)
        for name, each in costs.items()
    }
    n_rounds = len(slopes["ripieno"])
    print(
        f"\nMedians of {n_rounds} rounds; what a trial adds, from {few} to {many} trials, and its"
    )
    print("range; processor seconds are those of all processes, the Prefect server's among them")
    titles = ("", f"{few} trials", f"{many} trials", "once", "a trial", "", "processor")
    print("{:24}{:>11}{:>11}{:>9}{:>11}{:>16}{:>11}".format(*titles))
    for name, each in costs.items():
        a, b = (np.median(each[n], axis=0)[0] for n in budgets)
        trial, processor = np.median(slopes[name], axis=0)
        low, high = slopes[name][:, 0].min(), slopes[name][:, 0].max()
        print(
            f"{name:24}{a:9.2f} s{b:9.2f} s{a - few * trial:7.2f} s{trial:9.3f} s"
            f"{f'({low:.3f}-{high:.3f})':>16}{processor:9.3f} s"
        )
    for name in list(costs)[1:]:
        seconds, processor = np.median(slopes["ripieno"] - slopes[name], axis=0)
        met = "met" if seconds < TARGET else "MISSED"
        print(
            f"ripieno above {name}: {seconds:.3f} s a trial ({processor:.3f} of a processor);"
            f" target under {TARGET} s {met}"
        )
