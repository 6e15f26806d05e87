"""The members of a run, side by side: what every flow that trains has in common."""

from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from conf.schema import Configuration
from ripieno.runtime.workers import Workers, abort_on_error
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
        futures = [
            runner.submit(train_member, {"configuration": configuration, "name": name} | context)
            for name in order
        ]
        return [future.result(raise_on_failure=False) for future in futures]
