"""Who scored what, and what it cost."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from ripieno.report.blocks import Cell, Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.canvas import add_legend
from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.members import ENSEMBLE, Summary, about_members, failed, on_held_out, ranked
from ripieno.report.theme import LIGHT
from ripieno.report.words import (
    METRICS,
    NOTHING,
    count,
    measured,
    scored,
    seconds,
    span,
    tick,
    tick_percent,
    weight,
)

_HEADLINES = {
    "accuracy": ("Test accuracy", "higher is better"),
    "log_loss": ("Test log-loss, nats", "lower is better"),
}
_KINDS = (("ensemble", "accent"), ("member", "muted"))


def leaderboard(facts: ReportFacts) -> Section:
    """Figures of both headline metrics, the table with intervals and costs, every other metric."""
    n_test = facts.summary["data"]["sizes"]["test"]
    return Section(
        "leaderboard",
        "Leaderboard",
        text=[
            f"Scores on {n_test:,} test images that were sealed until the weights were fixed, "
            "lowest log-loss first. Lines and ranges are 95% intervals.",
            about_members(facts.summary),
        ],
        plots=[_plot(facts.summary, metric) for metric in _HEADLINES],
        tables=[leaderboard_table(facts.summary)],
        folded=[metric_table(facts.summary, "test"), metric_table(facts.summary, "validation")],
    )


def leaderboard_table(summary: Summary) -> Table:
    """A row a model, the failed last."""
    entries = ranked(summary)
    rows = [_row(entry) for entry in entries]
    rows += [[m["name"], "failed", *[NOTHING] * 7] for m in failed(summary)]
    return Table(
        "Scores and costs",
        ("model", "status", "weight share", "test accuracy", "test log-loss", "training",
         "ms an image", "MB", "parameters"),
        rows,
        words=("status",),
        emphasised=[i for i, entry in enumerate(entries) if entry["name"] == ENSEMBLE],
    )  # fmt: skip


def metric_table(summary: Summary, split: str) -> Table:
    """Every metric on a split, a row a model."""
    entries = ranked(summary)
    present = [metric for metric in METRICS if metric in summary["ensemble"][split]]
    where = {"test": "on test", "validation": on_held_out(summary)}[split]
    aside = {"test": "", "validation": " (the ensemble's cross-fitted)"}[split]
    return Table(
        f"Every metric {where}{aside}",
        ["model", *(METRICS[metric] for metric in present)],
        [
            [entry["name"], *(scored(metric, entry[split].get(metric)) for metric in present)]
            for entry in entries
        ],
        emphasised=[i for i, entry in enumerate(entries) if entry["name"] == ENSEMBLE],
    )


def interval_cell(entry: Mapping[str, Any], metric: str) -> Cell:
    """A test score with its interval behind it."""
    interval = entry["test_intervals"][metric]
    return Cell(scored(metric, entry["test"][metric]), span(interval, lambda v: scored(metric, v)))


def _row(entry: Mapping[str, Any]) -> list[str | Cell]:
    return [
        entry["name"],
        entry["status"],
        weight(entry["share"]),
        interval_cell(entry, "accuracy"),
        interval_cell(entry, "log_loss"),
        seconds(entry["train_seconds"]),
        measured(entry["inference_ms"]),
        measured(entry["megabytes"]),
        count(entry["n_parameters"]),
    ]


def score_figure(summary: Summary, metric: str) -> Any:
    """Test accuracy or log-loss of ensemble and members with intervals, lowest log-loss on top."""
    rows = [
        Estimate(e["name"], e["test_intervals"][metric], emphasised=e["name"] == ENSEMBLE)
        for e in ranked(summary)
    ]
    title, better = _HEADLINES[metric]
    write_tick = tick_percent if metric == "accuracy" else tick
    write = partial(scored, metric)
    x, wide = f"{title.lower()}, {better}", metric == "log_loss"
    figure = estimates(rows, x, write, wide=wide, write_tick=write_tick)
    dot = {"marker": "o", "markersize": 5.5, "linewidth": 1.6}
    series = {f"{kind} with 95% interval": dot | {"color": LIGHT[role]} for kind, role in _KINDS}
    add_legend(figure, series)
    return figure


def _plot(summary: Summary, metric: str) -> Plot:
    title, _ = _HEADLINES[metric]
    entries = ranked(summary)
    numbers = Table(
        title,
        ("model", "score"),
        [[entry["name"], interval_cell(entry, metric)] for entry in entries],
    )
    best = entries[0]["name"]
    label = f"{title} of {len(entries)} models with intervals; {best} has the lowest log-loss."
    figure = score_figure(summary, metric)
    return plot(figure, f"test-{metric}", label, numbers, title=title)
