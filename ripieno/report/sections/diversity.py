"""How differently the members err."""

from itertools import combinations
from typing import Any

import numpy as np

from ripieno.report.blocks import Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.heat_map import pairwise
from ripieno.report.words import nats, number, percent

_AMBIGUITY = (
    "The plain geometric mean of the calibrated members scores their mean log-loss less their "
    "diversity, exactly: what the members lose alone and win back by differing."
)


def diversity(facts: ReportFacts) -> Section | None:
    """Disagreement of each pair, the oracle and the ambiguity; None for one member."""
    measured = facts.summary.get("diversity")
    if measured is None:
        return None
    names = measured["members"]
    disagreement = np.array(measured["disagreement"], dtype=np.float64)
    mean = float(np.mean(disagreement[np.triu_indices(len(names), k=1)]))
    figure = plot(
        pairwise(disagreement, names),
        "disagreement",
        f"Disagreement of {len(names)} members; a pair differs on {percent(mean)} of the test "
        "images on average.",
        pairs_table(measured),
        title="Disagreement",
        note="Share of test images on which two members predict different classes.",
    )
    return Section(
        "diversity",
        "Diversity",
        text=[in_words(measured, mean), _AMBIGUITY],
        plots=[figure],
        tables=[ambiguity_table(measured)],
    )


def in_words(measured: Any, mean_disagreement: float) -> str:
    """How much the members differ, and what the best choice among them could reach."""
    return (
        f"Two members differ on {percent(mean_disagreement)} of the test images on average. On "
        f"{percent(measured['oracle_accuracy'])} of them at least one member is right: the ceiling "
        "of any choice among the members."
    )


def ambiguity_table(measured: Any) -> Table:
    """The decomposition as a sum."""
    ambiguity = measured["ambiguity"]
    return Table(
        "Ambiguity decomposition of the log-loss",
        ("quantity", "nats"),
        [
            ["mean log-loss of the members", nats(ambiguity["mean_member_log_loss"])],
            ["less their diversity", nats(ambiguity["diversity"])],
            ["log-loss of their geometric mean", nats(ambiguity["ensemble_log_loss"])],
        ],
        emphasised=[2],
    )


def pairs_table(measured: Any) -> Table:
    """Every measure of every pair, the most different first."""
    names = measured["members"]
    pairs = sorted(
        combinations(range(len(names)), 2),
        key=lambda pair: -measured["disagreement"][pair[0]][pair[1]],
    )
    return Table(
        "Diversity of each pair",
        ("members", "disagreement", "double fault", "Q-statistic", "error correlation"),
        [
            [
                f"{names[i]}, {names[j]}",
                percent(measured["disagreement"][i][j]),
                percent(measured["double_fault"][i][j]),
                number(measured["q_statistic"][i][j], ".3f"),
                number(measured["error_correlation"][i][j], ".3f"),
            ]
            for i, j in pairs
        ],
    )
