"""The searches of a run: what every flow that tunes has in common."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import replace
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from conf.schema import Configuration
from ripieno.runtime.progress_line import now_doing
from ripieno.runtime.workers import Workers, abort_on_error
from tasks.owner import BEAT_SECONDS
from tasks.records import Member, Run, TrainingData
from tasks.search.follow import TrialContext
from tasks.search.plan import as_configured, with_winners
from tasks.search.publish import open_search, publish_search
from tasks.search.records import SearchResult
from tasks.search.search import Search
from tasks.search.trial import run_trial
from tasks.tracking import Tracker
from tasks.training import train_member


def search_members(
    configuration: Configuration, data: TrainingData, run: Run, tracker: Tracker, workers: Workers
) -> tuple[Configuration, list[SearchResult]]:
    """Search every member that `tuning` names, one after another.

    Trials train on the training split and are compared on validation, with folds as without: that
    is a fifth of their cost. The winners are then trained in folds like any other member.

    Returns:
        The configuration in which the winners stand for the members that were searched, and what
        each search found. Where there is no `tuning`, the configuration as it is.
    """
    data = replace(data, folds=None)
    results: list[SearchResult] = []
    for name in configuration.tuning.members if configuration.tuning else ():
        now_doing(f"Searching {name}")
        found = [likelihood for result in results for likelihood in result.found]
        search = open_search(configuration, name, data, run, tracker, found)
        with search:
            configured = run_trials(search, workers)
        results.append(publish_search(search, configured, name))
    return with_winners(configuration, results), results


def run_trials(search: Search, workers: Workers) -> Member:
    """Run the trials of a search until its budget is spent.

    Twice as many trials as workers are under way: a worker whose trial ends early begins another
    while an older one, which is to be told first, still trains.

    Returns:
        The member as it is configured, trained beside the trials.
    """
    n_ahead = workers.count if workers.count == 1 else 2 * workers.count
    context = TrialContext(
        search.study, search.data, search.run, search.tracker, workers, search.deadline
    )
    threads: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(n_ahead + 1)
    with threads as runner, abort_on_error(workers):
        configuration, name = as_configured(search.plan)
        data, run, tracker = search.data, search.run, search.tracker
        arguments = {"configuration": configuration, "name": name, "data": data, "run": run}
        configured = runner.submit(
            train_member, arguments | {"tracker": tracker, "workers": workers}
        )
        pending: dict[Any, int] = {}
        while True:
            while len(pending) < n_ahead and search.has_more:
                proposal = search.begin()
                if proposal is None:
                    break
                trial = {"name": search.plan.name, "number": proposal.number}
                future = runner.submit(
                    run_trial, {"context": context, "proposal": proposal, **trial}
                )
                pending[future] = proposal.number
            if not pending:
                if search.study.take_over():  # from a process that was killed meanwhile
                    continue
                break
            future = next_to_end(search, list(pending))
            result = future.result(raise_on_failure=False)
            search.end(pending.pop(future), result)
        member: Member = configured.result(raise_on_failure=False)
        return member


def next_to_end(search: Search, pending: Sequence[Any]) -> Any:
    """The trial whose end is told next: the oldest, or whichever ends first."""
    watched = pending[:1] if search.plan.tuning.in_order else pending
    while True:
        futures = [future.wrapped_future for future in watched]
        wait(futures, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
        search.beat()
        for future in watched:
            if future.wrapped_future.done():
                return future
