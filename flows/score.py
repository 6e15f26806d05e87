"""Score a folder or a file of images, and compare them with those of training."""

from typing import Any, cast

from prefect import State, flow

from conf.scoring import Scoring
from flows.closing import shown
from flows.terminal_log import show_own_log
from ripieno.display import printable
from ripieno.errors import DataError
from ripieno.report.words import number, plural
from ripieno.runtime.guard import guarded_children
from ripieno.runtime.progress_line import now_doing
from ripieno.scoring.job import PREDICTIONS, open_job
from ripieno.scoring.parts import sole_writer
from tasks.drift import DRIFT, SCORES, measure_drift
from tasks.failures import mistakes_as_states
from tasks.scoring import open_scoring, read_json, score_parts

N_CLASSES = 20
"""Predicted classes that the terminal lists, the most frequent first."""


@flow(name="score-images", flow_run_name="score-{scoring.input.name}", persist_result=False)
@mistakes_as_states
def score_images(scoring: Scoring) -> Any:
    """Write the scores part by part; go on where an earlier call was cut short.

    Args:
        scoring: What is scored by what, and when it counts as drift.

    Returns:
        The content of `scores.json` and, as `drift`, of `drift.json`; a *Failed* state that says
        why in one line where the request or the data are at fault.
    """
    now_doing("Opening the images and the ensemble")
    ensemble, images = open_scoring(scoring, return_state=True).result()
    refuse_output_within_input(scoring)
    with sole_writer(scoring.output):
        job = open_job(scoring.output, ensemble, images)
        now_doing("Scoring")
        n_reused = score_parts(job, ensemble, images, return_state=True).result()
        drift = read_json(scoring.output / DRIFT)
        if n_reused == job.n_parts and drift.get("settings") == scoring.drift.model_dump():
            return read_json(scoring.output / SCORES) | {"drift": drift, "reused": True}
        now_doing("Measuring drift")
        return measure_drift(scoring, job, ensemble, return_state=True).result()


def refuse_output_within_input(scoring: Scoring) -> None:
    """The figure of one run would be a picture to score in the next.

    Raises:
        DataError: If the output lies in the folder of the input.
    """
    output, images = scoring.output.absolute(), scoring.input.absolute()
    if images.is_dir() and output.resolve().is_relative_to(images.resolve()):
        raise DataError(f"Expected an output outside the input {images}, received {output}.")


def run(scoring: Scoring) -> int:
    """Score in this process and tell the result on the terminal.

    Returns:
        0.

    Raises:
        RipienoError: If the request or the data are at fault, or no image can be read.
    """
    show_own_log()
    with guarded_children():  # such as the process that checks a published model
        # Prefect's types take the flow for an asynchronous one.
        state = cast("State[dict[str, Any]]", score_images(scoring, return_state=True))
        result = state.result()
    tell(result, scoring)
    return 0


def tell(result: dict[str, Any], scoring: Scoring) -> None:
    """Print what the scores come to, the verdict on drift, and the files written.

    Raises:
        DataError: If no image could be read.
    """
    n_images, n_unreadable = result["n_images"], result["n_unreadable"]
    named = ", ".join(result["first_unreadable"])
    more = n_unreadable - len(result["first_unreadable"])
    listed = f"{named}{f' and {more:,} more' if more else ''}"
    if n_unreadable == n_images:
        raise DataError(f"None of {plural(n_images, 'image')} can be read: {listed}.")
    done = "Scored already" if result.get("reused") else "Scored"
    confidence = number(result["mean_confidence"], ".3f")
    n_scored = plural(n_images - n_unreadable, "image")
    print(f"{done}: {n_scored} by {result['ensemble']}, mean confidence {confidence}.")
    if n_unreadable:
        print(printable(f"Unreadable: {plural(n_unreadable, 'image')}: {listed}."))
    counts = sorted(result["classes"].items(), key=lambda item: -item[1])
    predicted = [f"{name}: {count:,}" for name, count in counts[:N_CLASSES] if count]
    print(printable(f"Classes: {', '.join(predicted)}"))
    print(result["drift"]["sentence"])
    if "retraining" in result["drift"]:
        print(result["drift"]["retraining"])
    print("\nFiles:")
    print(f"  {shown(scoring.output / PREDICTIONS)}/")
    for path in sorted(scoring.output.glob("[!.]*.*")):
        print(f"  {shown(path)}")
