"""The study as a page of Markdown: the sentence, and the numbers behind it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ripieno.report.blocks import Cell, Table
from ripieno.report.markdown import bullets, escaped, markdown_table
from ripieno.report.words import count, gained, listed, plural, scored, seconds, span

METRICS = {"log_loss": "log-loss, nats", "accuracy": "accuracy"}
GAINS = {
    "same_over_single": "seeds over one",
    "different_over_single": "different architectures over one",
    "different_over_same": "different architectures over seeds",
}


def study_page(study: Mapping[str, Any]) -> str:
    """The page of a study, as `study.json` describes it.

    Args:
        study: The content of `study.json`.
    """
    names = [entry["name"] for entry in study["architectures"]]
    rules = study["comparisons"]
    tables = [scores_table(names, rules[study["rule"]], study["rule"])]
    tables.append(gains_table(names, rules[study["rule"]], study["rule"]))
    tables += [gains_table((), rules[rule], rule) for rule in rules if rule != study["rule"]]
    tables.append(budget_table(study))
    parts = [f"**{escaped(study['sentence'])}**", bullets(study["notes"])]
    parts += [f"### {escaped(table.title)}\n\n{markdown_table(table)}" for table in tables]
    return "\n\n".join(part for part in parts if part) + "\n"


def scores_table(names: Sequence[str], comparison: Mapping[str, Any], rule: str) -> Table:
    """What single networks and teams score on test, with intervals over the repeats."""
    size = len(names)

    def row(name: str, kind: str, architecture: str | None = None) -> list[str | Cell]:
        of_kind = [comparison[metric]["scores"][kind] for metric in METRICS]
        entries = [each if architecture is None else each[architecture] for each in of_kind]
        return [name, *map(_score, METRICS, entries)]

    rows = []
    for name in names:
        rows.append(row(f"{name}, alone", "single", name))
        rows.append(row(f"{name}, {size} seeds", "same", name))
    rows.append(row(f"{size} different architectures", "different"))
    return Table(f"Scores on test ({rule})", ("team", *METRICS.values()), rows)


def gains_table(names: Sequence[str], comparison: Mapping[str, Any], rule: str) -> Table:
    """Every gain against the strongest architecture on validation, then against each."""
    against = {"the strongest": {metric: comparison[metric]["gains"] for metric in METRICS}}
    for name in names:
        against[name] = {
            metric: comparison[metric]["gains_by_architecture"][name] for metric in METRICS
        }
    rows: list[list[str | Cell]] = [
        [title, opponent, *(_gain(metric, gains[metric][key]) for metric in METRICS)]
        for opponent, gains in against.items()
        for key, title in GAINS.items()
    ]
    title = f"Gains ({rule}): intervals over repeats; over test images"
    return Table(
        title, ("gain", "architecture", "nats", "points of accuracy"), rows, ("architecture",)
    )


def budget_table(study: Mapping[str, Any]) -> Table:
    """What a training was allowed, and what teams really took."""
    rows = [
        [
            entry["name"],
            count(entry["epochs_configured"]),
            count(entry["epochs"]),
            seconds(entry["seconds_per_epoch"]),
            seconds(entry["team_cpu_seconds"]),
        ]
        for entry in study["architectures"]
    ]
    spent = seconds(study["budget"]["different_team_cpu_seconds"])
    rows.append([f"{len(rows)} different architectures", "", "", "", spent])
    allowed = seconds(study["budget"]["cpu_seconds"])
    return Table(
        f"Processor time: {allowed} a training allowed",
        ("team", "epochs configured", "epochs here", "an epoch", "spent by a team"),
        rows,
    )


def notes_of(
    n_repeats: int,
    n_test: int,
    left_out: Sequence[str],
    failed_pilots: Mapping[str, str],
    failed_trainings: Mapping[str, str],
) -> list[str]:
    """What a reader must know to read the sentence, in sentences.

    Args:
        n_repeats: Complete repeats.
        n_test: Test images.
        left_out: Members that do not train in epochs.
        failed_pilots: Why a pilot failed, by its name.
        failed_trainings: Why a training failed, by its name.
    """
    notes = [
        f"n = {plural(n_repeats, 'repeat')}, each from other seeds, on one split with "
        f"{plural(n_test, 'test image')}: the intervals over repeats say what other seeds would "
        "give on this split, those over test images what other images would give."
    ]
    if left_out:
        notes.append(f"Left out, since they do not train in epochs: {listed(left_out)}.")
    for missing, failed in (("member", failed_pilots), ("repeat", failed_trainings)):
        notes += [
            f"{name} failed, its {missing} is left out: {why}" for name, why in failed.items()
        ]
    return notes


def _score(metric: str, entry: Mapping[str, Any]) -> Cell:
    interval = entry["over_repeats"]
    return Cell(scored(metric, interval[1]), span(interval, partial(scored, metric)))


def _gain(metric: str, effect: Mapping[str, Any]) -> Cell:
    write = partial(gained, metric)
    spans = [span(effect[key], write) for key in ("over_repeats", "over_images")]
    return Cell(write(effect["over_repeats"][1]), "; ".join(spans))
