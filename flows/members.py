"""The members of a run, side by side: what every flow that trains has in common."""

from collections.abc import Sequence
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from conf.schema import Configuration
from ripieno.runtime.workers import Workers, abort_on_error
from tasks.folds import FoldedMember, finish_member, train_fold
from tasks.progress import show_progress
from tasks.records import Member, Run, TrainingData
from tasks.tracking import Tracker
from tasks.training import longest_first, train_member


def train_members(
    configuration: Configuration,
    data: TrainingData,
    run: Run,
    tracker: Tracker,
    workers: Workers,
    *,
    in_order: bool = False,
) -> list[Member]:
    """Train all members, the longest first; one that fails leaves the others alone.

    Args:
        configuration: The members.
        data: What they train on.
        run: Where their epochs go.
        tracker: Where they are recorded.
        workers: Where they train.
        in_order: Whether to begin them in their own order rather than the longest first.

    Returns:
        A record for every member, in the order in which they were begun.
    """
    order = list(configuration.members) if in_order else longest_first(configuration, data)
    context = {"data": data, "run": run, "tracker": tracker, "workers": workers}
    # As many tasks as workers: a task that shows as running trains.
    threads: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(workers.count)
    with show_progress(run, order), threads as runner, abort_on_error(workers):
        if data.folds is not None:
            folded = [FoldedMember(configuration, name, data, run, tracker) for name in order]
            futures = submit_in_folds(folded, data.folds.n_folds, runner, workers)
        else:
            futures = [
                runner.submit(
                    train_member, {"configuration": configuration, "name": name} | context
                )
                for name in order
            ]
        return [future.result(raise_on_failure=False) for future in futures]


def submit_in_folds(
    members: Sequence[FoldedMember],
    n_folds: int,
    runner: ThreadPoolTaskRunner[Any],
    workers: Workers,
) -> list[Any]:
    """Submit every fold of every member, and each member itself once its folds have ended.

    All folds of a member take equally long, so that the order of the members is that of all
    trainings. A member is at the end of the queue by the time that its folds have ended.

    Returns:
        The futures of the members.
    """
    folds = [
        [
            runner.submit(
                train_fold,
                {"member": member, "name": member.name, "fold": fold, "workers": workers},
            )
            for fold in range(n_folds)
            if member.directory is None
        ]
        for member in members
    ]
    futures = []
    for member, own in zip(members, folds, strict=True):
        folders = [future.result(raise_on_failure=False) for future in own]
        arguments = {"member": member, "name": member.name, "folds": folders, "workers": workers}
        futures.append(runner.submit(finish_member, arguments))
    return futures
