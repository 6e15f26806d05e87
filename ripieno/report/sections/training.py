"""How the members learnt."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ripieno.report.blocks import Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.curves import Histories, learning_curves, values_of
from ripieno.report.members import held_out
from ripieno.report.words import listed, nats, percent, plural

_METRICS = {
    "log_loss": ("Log-loss by epoch", "log-loss (nats)", nats),
    "accuracy": ("Accuracy by epoch", "accuracy", percent),
}


def training(facts: ReportFacts) -> Section:
    """Learning curves of the members that know epochs."""
    curves = curves_of(facts)
    others = [name for name in facts.histories if name not in curves]
    has = "has" if len(others) == 1 else "have"
    text = [f"{listed(others)} {has} no curve: fitted in one go."] if others else []
    drawn = [metric for metric in _METRICS if _measured(curves, metric)]
    called = held_out(facts.summary)
    if called != "validation" and drawn:
        text.append("Curves are the mean over the trainings without a fold.")
    return Section(
        "training", "Learning curves", text=text, plots=[_plot(curves, m, called) for m in drawn]
    )


def curves_of(facts: ReportFacts) -> dict[str, Sequence[Mapping[str, Any]]]:
    """The epochs of the members that have more than one."""
    return {name: epochs for name, epochs in facts.histories.items() if len(epochs) > 1}


def _measured(curves: Histories, metric: str) -> bool:
    values = (values_of(epochs, f"validation_{metric}") for epochs in curves.values())
    return any(np.any(np.isfinite(each)) for each in values)


def _plot(curves: Histories, metric: str, called: str) -> Plot:
    title, y, _ = _METRICS[metric]
    return plot(
        learning_curves(curves, metric, y, called),
        f"learning-curves-{metric}",
        f"{title} of {plural(len(curves), 'member')}, {called} and in training.",
        _numbers(curves, metric, called),
        title=title,
    )


def _numbers(curves: Histories, metric: str, called: str) -> Table:
    title, _, write = _METRICS[metric]
    rows = []
    for name, epochs in curves.items():
        train, validation = (values_of(epochs, f"{s}_{metric}") for s in ("train", "validation"))
        rows += [
            [name, str(epoch["number"]), write(t), write(v)]
            for epoch, t, v in zip(epochs, train, validation, strict=True)
        ]
    return Table(title, ("member", "epoch", "training", called), rows)
