"""`model_card.md`: what travels with the model, from the same facts as the report."""

import json

from ripieno.data.pixel_range import PixelRange
from ripieno.report.blocks import Table
from ripieno.report.markdown import bullets, code_block, escaped, markdown_table
from ripieno.report.members import (
    Summary,
    about_members,
    ensemble,
    evaluated,
    failed,
    on_held_out,
    trained_in_folds,
)
from ripieno.report.sections.comparisons import comparison_table, verdicts
from ripieno.report.sections.data import data_table, overlap_table
from ripieno.report.sections.leaderboard import leaderboard_table
from ripieno.report.sections.prediction_sets import calibrated, class_table, covered
from ripieno.report.sections.run import as_yaml, version_table
from ripieno.report.sections.weights import (
    certified,
    left_out,
    made_of,
    rules_table,
    weights_table,
)
from ripieno.report.words import count, listed, measured, percent, plural

_N_WEAKEST = 3


def model_card(summary: Summary) -> str:
    """The model card of a run's ensemble, as Markdown.

    Args:
        summary: What `summary.json` holds.

    Returns:
        What it is, how to predict with it, its data, how it was evaluated, its results with
        intervals, its limits, and how to make it again. Text that came from outside is escaped.
    """
    parts = [
        f"# Model card: {escaped(summary['run']['name'])}",
        escaped(summary["ensemble"]["headline"]),
        "## What it is",
        *_description(summary),
        "## How to use it",
        *_usage(summary),
        "## Data",
        *_data(summary),
        "## How it was evaluated",
        *_evaluation(summary),
        "## Results",
        *_results(summary),
        "## Limits",
        bullets(limits(summary)),
        "## How to reproduce",
        *_reproduction(summary),
    ]
    return "\n\n".join(parts) + "\n"


def limits(summary: Summary) -> list[str]:
    """What the figures do not promise."""
    sizes, classes = summary["data"]["sizes"], summary["data"]["classes"]
    calibration = summary["ensemble"]["calibration"]["after"]
    weakest = sorted(summary["ensemble"]["per_class"], key=lambda row: float(row["recall"]))
    named = [f"{row['class']} ({percent(row['recall'])})" for row in weakest[:_N_WEAKEST]]
    sentences = [
        f"It answers with one of its {len(classes)} classes for any image, also for one that shows "
        "something else.",
        f"The scores are those on {plural(sizes['test'], 'test image')} of the source "
        f"{summary['data']['source']}; how it does on images from elsewhere was not measured.",
        f"It finds least of these classes (recall on test): {listed(named)}.",
        f"Its confidence is off by {percent(calibration['ece'])} on average (expected calibration "
        f"error, {len(calibration['count'])} bins of equal mass).",
        "Times are those of the machine that evaluated.",
    ]
    sentences += [
        f"{m['name']} failed and is not part of it: {m['error']}" for m in failed(summary)
    ]
    return sentences + list(summary["data"]["findings"])


def _description(summary: Summary) -> list[str]:
    height, width, channels = summary["data"]["image_shape"]
    whole = ensemble(summary)
    pixels = f", {PixelRange.from_dict(summary['data']['pixels'])}"
    n_needed = sum(1 for member in evaluated(summary) if member["weight"])
    sentence = (
        f"An ensemble of {plural(n_needed, 'image classifier')}. It takes raw images of "
        f"{height} by {width} pixels and {plural(channels, 'channel')}{pixels}, and returns the "
        f"probabilities of {len(summary['data']['classes'])} classes. All its members together "
        f"have {count(whole['n_parameters'])} parameters, take {measured(whole['megabytes'])} MB "
        f"and predict an image in {measured(whole['inference_ms'])} ms."
    )
    return [sentence, escaped(made_of(summary)), markdown_table(weights_table(summary))]


def _usage(summary: Summary) -> list[str]:
    run = summary["run"]
    if run["model"] is None:
        return [
            "It was not published. Where it was trained, `ripieno score --model "
            f"{run['name']} --input FOLDER --output scores` predicts with it."
        ]
    name = escaped(run["model"])
    return [
        code_block(snippet(summary), "python"),
        f"The alias `champion` is the version of {name} in use. This ensemble is the version whose "
        f"tag `ripieno.run` is {escaped(run['name'])}; until it has taken over from an earlier "
        "champion, its alias is `challenger`. The same members and weights are registered once "
        "only. It needs MLflow and the pinned libraries that "
        "`mlflow.pyfunc.get_model_dependencies` lists; ripieno itself travels inside it.",
    ]


def snippet(summary: Summary) -> str:
    """Python that loads the registered model and predicts."""
    shape = (2, *summary["data"]["image_shape"])
    tracking_uri, model_uri = (
        json.dumps(uri, ensure_ascii=False)
        for uri in (summary["run"]["tracking_uri"], f"models:/{summary['run']['model']}@champion")
    )
    return (
        "import mlflow\n"
        "import numpy as np\n\n"
        f"mlflow.set_tracking_uri({tracking_uri})\n"
        f"model = mlflow.pyfunc.load_model({model_uri})\n"
        f'images = np.zeros({shape}, dtype="{summary["data"]["dtype"]}")  '
        "# yours, raw: not normalised\n"
        "answer = model.predict(images)\n"
        'for label, proba in zip(answer["label"], answer["probabilities"]):\n'
        '    print(label, f"{proba.max():.1%}")\n'
    )


def _data(summary: Summary) -> list[str]:
    classes = ", ".join(summary["data"]["classes"])
    tables = [markdown_table(table(summary)) for table in (data_table, overlap_table)]
    return [*tables, f"Classes: {escaped(classes)}."]


def _evaluation(summary: Summary) -> list[str]:
    text = (
        "The test images were opened once, after the weights were fixed "
        f"{on_held_out(summary)} and written. "
        "Ranges are 95% intervals; gains are measured on the same test images, image by image."
    )
    said = [*certified(summary), *left_out(summary)]
    return [
        text,
        *trained_in_folds(summary),
        *map(escaped, said),
        markdown_table(rules_table(summary)),
    ]


def _results(summary: Summary) -> list[str]:
    tables: list[Table] = [leaderboard_table(summary), comparison_table(summary)]
    scores, gains = map(markdown_table, tables)
    return [
        scores,
        escaped(about_members(summary)),
        gains,
        bullets(verdicts(summary)),
        *_prediction_sets(summary),
    ]


def _prediction_sets(summary: Summary) -> list[str]:
    if "prediction_sets" not in summary["ensemble"]:
        return []
    text = " ".join([calibrated(summary), *covered(summary)])
    return [escaped(text), markdown_table(class_table(summary))]


def _reproduction(summary: Summary) -> list[str]:
    run = summary["run"]
    commit = run["git_commit"] or "unknown"
    return [
        f"Save the configuration as `experiment.yaml` and run "
        f"`ripieno train --conf experiment.yaml` at commit {escaped(commit)} (seed {run['seed']}, "
        f"MLflow run {escaped(run['mlflow_run_id'] or 'none')}).",
        code_block(as_yaml(summary), "yaml"),
        markdown_table(version_table(summary)),
    ]
