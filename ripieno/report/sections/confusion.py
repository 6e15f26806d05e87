"""What is taken for what."""

from collections.abc import Sequence

import numpy as np

from ripieno.report.blocks import Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.heat_map import MAX_NAMED, confusion_matrix
from ripieno.report.words import number, percent
from ripieno.types import IntArray

_N_LISTED = 10


def confusion(facts: ReportFacts) -> Section:
    """The ensemble's confusion matrix on test, and its most frequent confusions."""
    names = facts.summary["data"]["classes"]
    counts = np.array(facts.summary["ensemble"]["confusion_matrix"])
    n_wrong = int(counts.sum() - np.trace(counts))
    label = (
        f"Confusion matrix of {len(names)} classes: {n_wrong} of {counts.sum()} test images stand "
        "off the diagonal."
    )
    numbers = _matrix_table(counts, names) if len(names) <= MAX_NAMED else _lists(counts, names)
    matrix = plot(
        confusion_matrix(counts, names),
        "confusion-matrix",
        label,
        numbers,
        title="Ensemble on test",
        note="True classes down, predicted across; shaded by the square root of "
        "the share of the true class.",
    )
    frequent = most_frequent(counts, names)
    return Section(
        "confusion",
        "Confusion matrix",
        text=[f"The ensemble takes {n_wrong:,} of {counts.sum():,} test images for another class."],
        plots=[matrix],
        tables=[frequent] if frequent.rows else [],
    )


def most_frequent(counts: IntArray, names: Sequence[str]) -> Table:
    """The largest cells off the diagonal; of equal ones the earlier."""
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_N_LISTED]
    rows = []
    for cell in order:
        true, predicted = divmod(int(cell), len(names))
        if wrong[true, predicted]:
            share = wrong[true, predicted] / counts[true].sum()
            n = int(wrong[true, predicted])
            rows.append([names[true], names[predicted], number(n, ",d"), percent(share)])
    columns = ("true class", "taken for", "images", "of its class")
    return Table("Most frequent confusions", columns, rows, words=("taken for",))


def _matrix_table(counts: IntArray, names: Sequence[str]) -> Table:
    rows = [[name, *map(str, row)] for name, row in zip(names, counts.tolist(), strict=True)]
    return Table("Confusion matrix", ["true class", *names], rows)


def _lists(counts: IntArray, names: Sequence[str]) -> Table:
    """A row a class with what it is taken for: a matrix of so many columns cannot be read."""
    rows = []
    for true, row in enumerate(counts.tolist()):
        order = sorted((j for j, n in enumerate(row) if n and j != true), key=lambda j: -row[j])
        others = ", ".join(f"{names[j]} {row[j]}" for j in order)
        rows.append([names[true], str(row[true]), others])
    columns = ("true class", "right", "taken for")
    return Table("Confusion matrix", columns, rows, words=("taken for",))
