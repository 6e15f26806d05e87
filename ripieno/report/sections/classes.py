"""Which classes gain."""

from collections.abc import Mapping
from typing import Any

from ripieno.report.blocks import Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.changes import Change, changes
from ripieno.report.members import Summary, on_held_out
from ripieno.report.words import number

_N_SHOWN = 24


def classes(facts: ReportFacts) -> Section:
    """The F1 score of every class, of the best member and of the ensemble."""
    summary = facts.summary
    rows = _ranked(summary)
    shown = rows if len(rows) <= _N_SHOWN else [*rows[: _N_SHOWN // 2], *rows[-_N_SHOWN // 2 :]]
    best = summary["ensemble"]["best_member"]
    which = (
        "" if shown is rows else f"The {_N_SHOWN // 2} that gain most, and those that gain least."
    )
    figure = plot(
        changes(
            [Change(r["class"], r["best_member_f1"], r["f1"]) for r in shown],
            "F1 on test",
            f"{best}, best {on_held_out(summary)}",
            "ensemble",
        ),
        "classes",
        f"F1 of {len(shown)} classes: best member against ensemble; {rows[0]['class']} gains most.",
        class_table(summary),
        title="F1 of each class",
        note=which,
    )
    return Section(
        "classes",
        "Gain by class",
        text=["One test set, no intervals: what few images decide may be chance."],
        plots=[figure],
    )


def class_table(summary: Summary) -> Table:
    """A row a class, the largest gain first."""
    return Table(
        "Scores of each class",
        ("class", "images", "precision", "recall", "F1", "best member's F1", "gain"),
        [
            [
                row["class"],
                f"{row['support']:,}",
                *(number(row[key], ".3f") for key in ("precision", "recall", "f1")),
                number(row["best_member_f1"], ".3f"),
                number(gain_of(row), "+.3f"),
            ]
            for row in _ranked(summary)
        ],
    )


def gain_of(row: Mapping[str, Any]) -> float:
    """F1 of the ensemble over that of the best member."""
    return float(row["f1"] - row["best_member_f1"])


def _ranked(summary: Summary) -> list[Mapping[str, Any]]:
    return sorted(summary["ensemble"]["per_class"], key=lambda row: -gain_of(row))
