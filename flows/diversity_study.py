"""The study: seeds of one architecture against different architectures, at equal cost."""

import json
from typing import Annotated, Any, cast

from prefect import State, flow
from prefect.states import Completed
from pydantic import Field

from conf.schema import Configuration
from flows.closing import say, shown
from flows.members import train_members
from flows.terminal_log import show_own_log
from ripieno.report.words import plural
from ripieno.runtime.guard import guarded_children
from ripieno.runtime.progress_line import now_doing
from ripieno.runtime.terminal import print_table
from ripieno.study.markdown import scores_table
from tasks.data import prepare_data
from tasks.failures import mistakes_as_states
from tasks.records import Outcome
from tasks.runs import connect, open_run
from tasks.stages import Stages
from tasks.study_budget import configured_epochs, long_pilots, share_budget, short_pilots
from tasks.study_evaluation import evaluate_study
from tasks.study_plan import pilots, study_configuration, trainings
from tasks.study_report import publish_study
from tasks.workers import open_workers


@flow(
    name="diversity-study",
    flow_run_name="{configuration.tracking.experiment}-diversity",
    persist_result=False,
)
@mistakes_as_states
def diversity_study(
    configuration: Configuration,
    n_repeats: Annotated[int, Field(ge=2, description="How often each team is trained anew.")] = 5,
) -> Any:
    """Find the epochs that cost the same, train every team, weigh on validation, compare on test.

    Args:
        configuration: The experiment; its members that train in epochs are compared.
        n_repeats: How often each team is trained anew, 2 or more.

    Returns:
        The study's outcome; in a *Degraded* state where a training is missing, in a *Failed* one
        that says why in one line where the configuration or the data are at fault.
    """
    stages = Stages()
    now_doing("Loading the data")
    study = study_configuration(configuration)
    everything = trainings(study, configured_epochs(study), n_repeats)
    with open_workers(everything) as workers:
        connecting = connect.submit(study)
        data = prepare_data(study, return_state=True).result()
        stages.end("load")
        tracker = connecting.result()
        with open_run(study, data, tracker) as run:
            context = (data.training, run, tracker, workers)
            now_doing("Training the pilots")
            short = train_members(pilots(study, short_pilots(study)), *context)
            long = train_members(pilots(study, long_pilots(study, data.training)), *context)
            budget = share_budget(study, data.training, [*short, *long])
            stages.end("pilot")
            now_doing("Training the teams")
            # Repeat by repeat: a machine that is busy for a while slows all teams alike.
            planned = trainings(study, budget.n_epochs, n_repeats)
            members = train_members(planned, *context, in_order=True)
            stages.end("train")
            names = list(budget.n_epochs)
            now_doing("Comparing the teams")
            comparing = evaluate_study(
                study, names, n_repeats, data, members, run, workers, return_state=True
            )
            evaluation = comparing.result()
            stages.end("evaluate")
            now_doing("Writing the report")
            outcome = publish_study(
                configuration, study, budget, data, members, evaluation, run, tracker, stages
            )
    if outcome.missing:
        missing = f"Missing: {', '.join(outcome.missing)}"
        return Completed(name="Degraded", message=missing, data=outcome)
    return outcome


def run(configuration: Configuration, n_repeats: int) -> int:
    """Run the study in this process and tell its result on the terminal.

    Returns:
        0 done; 3 done without a training.

    Raises:
        RipienoError: If the configuration, the data or too many trainings are at fault.
    """
    show_own_log()
    with guarded_children():  # such as the process that checks a published model
        # Prefect's types take the flow for an asynchronous one.
        state = cast("State[Outcome]", diversity_study(configuration, n_repeats, return_state=True))
        outcome = state.result()
        tell(outcome)
    return 3 if outcome.missing else 0


def tell(outcome: Outcome) -> None:
    """Print the scores, the sentence, what to know about it, and the files written."""
    study = json.loads(outcome.summary.read_text())
    names = [entry["name"] for entry in study["architectures"]]
    table = scores_table(names, study["comparisons"][study["rule"]], study["rule"])
    rows = [[cell.plain for cell in row] for row in table.cells]
    print_table([dict(zip(table.columns, row, strict=True)) for row in rows], title=table.title)
    say(f"\n{study['sentence']}\n")
    for note in study["notes"]:
        print(f"Note: {note}")
    if study["n_reused"]:
        print(f"Reused from the store, not trained again: {plural(study['n_reused'], 'training')}")
    print("\nFiles:")
    for path in sorted(outcome.run.directory.glob("*.*")):
        print(f"  {shown(path)}")
