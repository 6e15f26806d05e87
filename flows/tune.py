"""A search for hyperparameters on its own: the test split stays sealed."""

import json
from typing import Any, cast

from prefect import State, flow

from conf.named import Experiment
from conf.schema import Configuration
from flows.closing import shown
from flows.search import search_members
from flows.terminal_log import show_own_log
from ripieno.report.sections.search import best_table, sentences
from ripieno.runtime.guard import guarded_children
from ripieno.runtime.progress_line import now_doing
from ripieno.runtime.terminal import print_table
from tasks.data import prepare_data
from tasks.failures import mistakes_as_states
from tasks.runs import connect, open_run
from tasks.search.plan import require_search
from tasks.search.report import Tuned, publish_tuning
from tasks.stages import Stages
from tasks.workers import open_workers


@flow(name="tune", flow_run_name="{configuration.tracking.experiment}-tune", persist_result=False)
@mistakes_as_states
def tune(configuration: Experiment) -> Any:
    """Search the members that `tuning` names, and write the winners as overlays.

    Args:
        configuration: The experiment, with its `tuning` section.

    Returns:
        What the searches found; a *Failed* state that says why in one line where the configuration
        or the data are at fault.
    """
    stages = Stages()
    now_doing("Loading the data")
    require_search(configuration)
    with open_workers(configuration) as workers:
        connecting = connect.submit(configuration)
        data = prepare_data(configuration, return_state=True).result()
        stages.end("load")
        tracker = connecting.result()
        with open_run(configuration, data, tracker, "tuning run") as run:
            _, results = search_members(configuration, data.training, run, tracker, workers)
            stages.end("search")
            now_doing("Writing the results")
            return publish_tuning(configuration, data, results, run, tracker, stages)


def run(configuration: Configuration, conf: str) -> int:
    """Run the searches in this process and tell their results on the terminal.

    Args:
        configuration: The experiment.
        conf: What the user calls it, for the command that trains the winners.

    Returns:
        0.

    Raises:
        RipienoError: If the configuration, the data or all trials are at fault.
    """
    show_own_log()
    with guarded_children():  # such as the process that checks a published model
        # Prefect's types take the flow for an asynchronous one.
        state = cast("State[Tuned]", tune(configuration, return_state=True))
        tell(state.result(), conf)
    return 0


def tell(tuned: Tuned, conf: str) -> None:
    """Print the best trials, what the search bought, and how to train the winners."""
    entries = json.loads(tuned.summary.read_text())["search"]
    for entry in entries:
        table = best_table(entry)
        rows = [[cell.plain for cell in row] for row in table.cells]
        print_table([dict(zip(table.columns, row, strict=True)) for row in rows], title=table.title)
        print()
        for sentence in sentences(entry):
            print(sentence)
        print()
    print("Files:")
    for path in (*sorted(tuned.run.directory.glob("*.*")), *tuned.overlays):
        print(f"  {shown(path)}")
    overlays = " ".join(f"--with {shown(path)}" for path in tuned.overlays)
    print(f'\nTrain the ensemble with the winners:\n  make run-flow CONF={conf} ARGS="{overlays}"')
