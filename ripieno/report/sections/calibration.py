"""Whether the ensemble is right as often as it says."""

from collections.abc import Mapping
from typing import Any

from ripieno.report.blocks import Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.reliability import reliability
from ripieno.report.members import on_held_out
from ripieno.report.words import percent

Bins = Mapping[str, Any]


def calibration(facts: ReportFacts) -> Section:
    """The reliability diagram before and after temperatures are scaled."""
    bins = facts.summary["ensemble"]["calibration"]
    before, after = bins["before"], bins["after"]
    seen = [value for b in (before, after) for value in (*b["confidence"], *b["accuracy"])]
    start = max(0.0, min(seen) - 0.02)
    n_bins = " and ".join(str(n) for n in sorted({len(b["count"]) for b in (before, after)}))
    calibrated = before != after
    what = (
        "Before: members and pool as they are. After: at the temperatures fitted "
        f"{on_held_out(facts.summary)}, as published."
        if calibrated
        else f"No temperature lowered the cross-fitted score {on_held_out(facts.summary)}: nothing "
        "was calibrated."
    )
    shown = {"before": before, "after": after} if calibrated else {"without": after}
    return Section(
        "calibration",
        "Calibration",
        text=[
            f"{what} Test images in {n_bins} bins of equal mass; points below the diagonal are "
            "over-confident, those above it under-confident."
        ],
        plots=[_plot(when, each, start) for when, each in shown.items()],
    )


def _plot(when: str, bins: Bins, start: float) -> Plot:
    error = percent(bins["ece"])
    return plot(
        reliability(bins["confidence"], bins["accuracy"], start),
        f"reliability-{when}",
        f"Reliability diagram {when} calibration, expected calibration error {error}.",
        _numbers(when, bins),
        title=f"{when.capitalize()} calibration",
        note=f"Expected calibration error {error}",
    )


def _numbers(when: str, bins: Bins) -> Table:
    columns = (bins["confidence"], bins["accuracy"], bins["count"])
    rows = [[percent(c), percent(a), f"{n:,}"] for c, a, n in zip(*columns, strict=True)]
    return Table(f"Reliability {when} calibration", ("confidence", "accuracy", "images"), rows)
