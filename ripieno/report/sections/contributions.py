"""What every member is worth to the others, and what that cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from ripieno.report.blocks import Cell, Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.members import Summary, evaluated
from ripieno.report.words import gained, measured, seconds, span, weight

_TITLES = {"log_loss": "Gain in log-loss, nats", "accuracy": "Gain in accuracy, points"}


def contributions(facts: ReportFacts) -> Section | None:
    """Leave-one-out gains with intervals; None for one member."""
    members = _ranked(facts.summary)
    if not members:
        return None
    return Section(
        "contributions",
        "What each member adds",
        text=[
            "The ensemble's score on test over that of the ensemble fitted anew without the "
            "member, with 95% intervals: positive where it is better with the member; an interval "
            "that holds 0 may be chance. Below each gain: the time the member takes to train and "
            "to predict an image."
        ],
        plots=[_plot(members, metric) for metric in _TITLES],
        tables=[contribution_table(facts.summary)],
    )


def contribution_table(summary: Summary) -> Table:
    """A row a member, the largest gain first, with what it was bought with."""
    return Table(
        "Leave-one-out gain and its cost",
        ("member", "weight share", "log-loss (nats)", "accuracy (points)", "training",
         "ms an image", "MB"),
        [
            [
                m["name"],
                weight(m["share"]),
                *(_gain(m["leave_one_out"], metric) for metric in _TITLES),
                seconds(m["train_seconds"]),
                measured(m["inference_ms"]),
                measured(m["megabytes"]),
            ]
            for m in _ranked(summary)
        ],
    )  # fmt: skip


def _plot(members: Sequence[Mapping[str, Any]], metric: str) -> Plot:
    title = _TITLES[metric]
    scale = 100 if metric == "accuracy" else 1  # points
    rows = [
        Estimate(m["name"], [scale * v for v in m["leave_one_out"][metric]], note=_price(m))
        for m in members
    ]
    numbers = Table(
        title,
        ("member", "gain", "training", "ms an image"),
        [
            [m["name"], _gain(m["leave_one_out"], metric), seconds(m["train_seconds"]),
             measured(m["inference_ms"])]
            for m in members
        ],
    )  # fmt: skip
    return plot(
        estimates(rows, "positive: better with it", lambda v: gained(metric, v / scale), line=0),
        f"contributions-{metric}",
        f"{title}, of the ensemble with each of {len(rows)} members over that without it.",
        numbers,
        title=title,
    )


def _gain(gains: Mapping[str, Sequence[float]], metric: str) -> Cell:
    interval = gains[metric]
    return Cell(gained(metric, interval[1]), span(interval, lambda v: gained(metric, v)))


def _price(member: Mapping[str, Any]) -> str:
    return f"{seconds(member['train_seconds'])}, {measured(member['inference_ms'])} ms"


def _ranked(summary: Summary) -> list[dict[str, Any]]:
    members = [member for member in evaluated(summary) if "leave_one_out" in member]
    return sorted(members, key=lambda member: -float(member["leave_one_out"]["log_loss"][1]))
