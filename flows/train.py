"""The main job: from a data source to an evaluated ensemble."""

from typing import Any, cast

from prefect import State, flow
from prefect.states import Completed

from conf.named import Experiment
from conf.schema import Configuration
from conf.scoring import DriftFound
from flows.closing import tell
from flows.members import train_members
from flows.search import search_members
from flows.terminal_log import show_own_log
from ripieno.runtime.guard import guarded_children
from ripieno.runtime.progress_line import now_doing
from tasks.data import prepare_data
from tasks.ensemble import weigh_and_evaluate
from tasks.failures import mistakes_as_states
from tasks.publication import publish_model
from tasks.records import Outcome
from tasks.reporting import publish_report
from tasks.retraining import trained_before
from tasks.runs import connect, open_run
from tasks.stages import Stages
from tasks.training import require_members
from tasks.turns import own_turn
from tasks.workers import open_workers


@flow(
    name="train-ensemble",
    flow_run_name="{configuration.tracking.experiment}",
    persist_result=False,
)
@mistakes_as_states
def train_ensemble(configuration: Experiment, drift: DriftFound | None = None) -> Any:
    """Train the members side by side, weigh them on validation, evaluate once on test.

    Args:
        configuration: The experiment, as `conf/schema.py` describes it.
        drift: Why an automation asked for it. It trains nothing on the data that are known already.

    Returns:
        The run's outcome; in a *Degraded* state where a member is missing, in a *Failed* one that
        says why in one line where the configuration or the data are at fault; in an *Unchanged*
        one, without an outcome, where drift asked for it and there are no new data.
    """
    stages = Stages()
    now_doing("Loading the data")
    # Workers import TensorFlow while the data load.
    with own_turn(configuration), open_workers(configuration) as workers:
        connecting = connect.submit(configuration)
        data = prepare_data(configuration, return_state=True).result()
        stages.end("load")
        if drift is not None and (known := trained_before(configuration, drift, data.training)):
            unchanged = f"Nothing new to train on: the data are those of {known}."
            return Completed(name="Unchanged", message=unchanged)
        tracker = connecting.result()
        with open_run(configuration, data, tracker) as run:
            stages.end("connect")
            # From here on, the configuration with the winners of its searches, where it has any.
            configuration, searches = search_members(
                configuration, data.training, run, tracker, workers
            )
            if searches:
                stages.end("search")
            now_doing("Training")
            members = train_members(configuration, data.training, run, tracker, workers)
            stages.end("train")
            able = require_members(members, configuration.ensemble.min_members)
            now_doing("Evaluating")
            weighing = weigh_and_evaluate(
                configuration, data, able, run, workers, searches, return_state=True
            )
            evaluation = weighing.result()
            stages.end("evaluate")
            now_doing("Writing the report")
            outcome = publish_report(
                configuration, data, members, evaluation, run, tracker, stages, searches
            )
            if configuration.publish.enabled:
                now_doing("Publishing")
                publishing = publish_model(
                    configuration, data, able, outcome, tracker, return_state=True
                )
                outcome = publishing.result()
    if outcome.missing:
        missing = f"Missing: {', '.join(outcome.missing)}"
        return Completed(name="Degraded", message=missing, data=outcome)
    return outcome


def run(configuration: Configuration) -> int:
    """Run the main job in this process and tell its result on the terminal.

    Returns:
        0 done; 3 done without a member.

    Raises:
        RipienoError: If the configuration, the data or too many members are at fault.
    """
    show_own_log()
    with guarded_children():  # such as the process that checks a published model
        # Prefect's types take the flow for an asynchronous one.
        state = cast("State[Outcome]", train_ensemble(configuration, return_state=True))
        outcome = state.result()
        tell(outcome, configuration.workspace)
    return 3 if outcome.missing else 0
