"""A trial's run in MLflow, nested below its search's."""

from typing import Any

from tasks.records import Run
from tasks.search.records import TrialResult
from tasks.search.study import Proposal
from tasks.tracking import Tracker

STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}


def open_trial(tracker: Tracker, run: Run, name: str, proposal: Proposal) -> str:
    """Open the trial's run, with what it tries as parameters."""
    tags = {"ripieno.kind": "trial", "member": name, "trial": str(proposal.number)}
    run_id = tracker.start_run(f"{name}-trial-{proposal.number}", tags, parent=run.run_id)
    params: dict[str, Any] = {f"searched.{k}": v for k, v in proposal.trial.params.items()}
    tracker.log(run_id, params=params | proposal.settings)
    return run_id


def end_trial(tracker: Tracker, result: TrialResult) -> None:
    """Record what the trial scored and how it ended; nothing where its run could not be opened."""
    if not result.run_id:
        return
    metrics = {
        ("inference_ms" if name == "inference_ms" else f"validation_{name}"): value
        for name, value in result.scores.items()
    }
    tags = {"state": result.state, "store.key": result.key}
    tracker.log(
        result.run_id,
        metrics=metrics | {"seconds": result.seconds, "n_epochs": result.n_epochs},
        tags=tags | ({"reason": result.reason} if result.reason else {}),
    )
    tracker.finish(result.run_id, STATUS[result.state])
