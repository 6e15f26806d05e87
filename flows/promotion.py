"""Should the challenger take over from the champion?"""

from typing import Any, cast

from prefect import State, flow

from conf.schema import Configuration
from flows.closing import say
from flows.terminal_log import show_own_log
from ripieno.runtime.guard import guarded_children
from ripieno.runtime.progress_line import now_doing
from tasks.failures import mistakes_as_states
from tasks.promotion import Judgement, contest_of, find_untouched, judge, roll_back, score
from tasks.runs import connect, model_name
from tasks.tracking import open_registry


@flow(
    name="promote-challenger",
    flow_run_name="{configuration.tracking.experiment}-promotion",
    persist_result=False,
)
@mistakes_as_states
def promote_challenger(configuration: Configuration) -> Any:
    """Compare both on images that neither has seen, and move the alias if the test says so.

    Args:
        configuration: Names the registered model, the workspace and what a challenger must show.

    Returns:
        The judgement; a *Failed* state that says why where the two cannot be compared.
    """
    tracker = connect(configuration)
    contest = contest_of(open_registry(tracker.uri, model_name(configuration)))
    now_doing("Finding the images that neither model has seen")
    found = find_untouched(configuration, contest, return_state=True).result()
    now_doing("Scoring both models in fresh processes")
    scores = [
        score(version, found.samples, tracker.uri, return_state=True).result()
        for version in (contest.challenger, contest.champion)
    ]
    now_doing("Comparing the two")
    return judge(configuration, contest, found, scores, tracker, return_state=True).result()


def run(configuration: Configuration) -> int:
    """Run the flow in this process and tell the decision.

    Returns:
        0, whoever is champion now.

    Raises:
        RipienoError: If there is no challenger, or the two cannot be compared.
    """
    show_own_log()
    with guarded_children():
        # Prefect's types take the flow for an asynchronous one.
        state = cast("State[Judgement]", promote_challenger(configuration, return_state=True))
        judgement = state.result()
    contest, decision = judgement.contest, judgement.decision
    champion = contest.challenger if decision.promote else contest.champion
    print(contest.title)
    say(decision.reason)
    print(f"Champion: version {champion.number}. Decision: MLflow run {judgement.run_id}")
    return 0


def roll_back_to_previous(configuration: Configuration, reason: str) -> int:
    """Make the previous champion champion again; needs no Prefect server.

    Returns:
        0 done.

    Raises:
        RipienoError: If there is no earlier champion.
    """
    now_doing("Rolling back")
    print(roll_back(configuration, connect.fn(configuration), reason))
    return 0
