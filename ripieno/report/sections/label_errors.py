"""The images whose label the ensemble finds least likely."""

from collections.abc import Mapping, Sequence
from typing import Any

from ripieno.report.blocks import Gallery, Section, Table, Thumbnail
from ripieno.report.facts import ReportFacts
from ripieno.report.members import Summary
from ripieno.report.pictures import data_uris
from ripieno.report.words import number, percent, plural, shortened


def label_errors(facts: ReportFacts) -> Section:
    """How many labels are likely wrong, and the images of the least likely ones."""
    rows = facts.summary["label_errors"]["first"]
    pictures = [
        _thumbnail(row, uri) for row, uri in zip(rows, data_uris(facts.unlikely), strict=True)
    ]
    return Section(
        "label-errors",
        "Label errors",
        text=[counted(facts.summary)],
        galleries=[Gallery("Least likely labels", _note(facts.summary), pictures)] if rows else [],
        folded=[error_table(rows)] if rows else [],
    )


def counted(summary: Summary) -> str:
    """How many labels are likely wrong, and how that is known."""
    found = summary["label_errors"]
    images = plural(found["n_samples"], f"{found['split']} image")
    if not found["n_listed"]:
        return f"The ensemble, fitted without them, predicts the label of all of {images}."
    return (
        f"Of {images} the ensemble, fitted without them, puts {found['n_listed']:,} into another "
        f"class than their label. {plural(found['n_likely'], 'label')} "
        f"{'is' if found['n_likely'] == 1 else 'are'} likely wrong, as confident learning "
        "(cleanlab) estimates: those of the lowest probability. All are in label_errors.csv, the "
        "least likely label first. A person has to look: a rare but right picture is as unlikely."
    )


def error_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A row an image, the least likely label first."""
    return Table(
        "Least likely labels",
        ("image", "label", "its probability", "suggested", "probability", "likely wrong"),
        [
            [
                row["image"],
                row["given_label"],
                number(row["proba_given"], ".2g"),
                row["suggested_label"],
                percent(row["proba_suggested"]),
                "yes" if row["likely_error"] else "no",
            ]
            for row in rows
        ],
        words=("label", "suggested", "likely wrong"),
    )


def _note(summary: Summary) -> str:
    found = summary["label_errors"]
    n_shown = len(found["first"])
    shown = f"The first {n_shown} of {found['n_listed']:,}. " if n_shown < found["n_listed"] else ""
    return f"{shown}Below each: its label, what the ensemble suggests, and what it is called."


def _thumbnail(row: Mapping[str, Any], uri: str) -> Thumbnail:
    given, suggested = row["given_label"], row["suggested_label"]
    return Thumbnail(
        uri,
        f"{row['image']} is labelled {given}, the ensemble suggests {suggested}",
        (
            f"labelled {given},",
            f"rather {suggested} ({number(100 * row['proba_suggested'], '.3g')}%)",
            shortened(row["image"], 28),
        ),
    )
