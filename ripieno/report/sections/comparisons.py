"""Whether the ensemble is better than what is simpler, or only lucky."""

from typing import Any

from ripieno.evaluation.comparison import BEST_MEMBER
from ripieno.report.blocks import Cell, Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.members import Summary
from ripieno.report.words import gained, number, span

_GAINS = {"log_loss": "Gain in log-loss, nats", "accuracy": "Gain in accuracy, points"}


def comparisons(facts: ReportFacts) -> Section:
    """Gains over the best member, the plain mean and greedy selection, each with a verdict."""
    summary = facts.summary
    return Section(
        "comparisons",
        "Is the gain real?",
        text=[
            "On the same test images, image by image: the ensemble's score over that of each "
            "reference with 95% intervals, and McNemar's exact test of the images that only "
            "one of the two gets right. A gain is positive where the ensemble is better."
        ],
        findings=verdicts(summary),
        plots=[_plot(summary, metric) for metric in _GAINS] if _compared(summary) else [],
        tables=[comparison_table(summary)],
    )


def verdicts(summary: Summary) -> list[str]:
    """A sentence a reference."""
    return [comparison["verdict"] for comparison in _compared(summary)]


def comparison_table(summary: Summary) -> Table:
    """A row a reference."""
    return Table(
        "The ensemble against simpler choices",
        (
            "reference",
            "accuracy (points)",
            "log-loss (nats)",
            "Brier",
            "only ensemble right",
            "only reference right",
            "McNemar's p",
        ),
        [
            [
                _title(comparison),
                *(_gain(comparison, metric) for metric in ("accuracy", "log_loss", "brier")),
                f"{comparison['only_ensemble_right']:,}",
                f"{comparison['only_reference_right']:,}",
                number(comparison["mcnemar_p"], ".2g"),
            ]
            for comparison in _compared(summary)
        ],
    )


def _compared(summary: Summary) -> list[Any]:
    return list(summary["ensemble"]["comparisons"])


def _title(comparison: Any) -> str:
    prefix = "best member: " if comparison["reference"] == BEST_MEMBER else ""
    return f"{prefix}{comparison['name']} ({comparison['note']})"


def _gain(comparison: Any, metric: str) -> Cell:
    interval = comparison[metric]
    return Cell(gained(metric, interval[1]), span(interval, lambda v: gained(metric, v)))


def _plot(summary: Summary, metric: str) -> Plot:
    scale = 100 if metric == "accuracy" else 1
    compared = _compared(summary)
    rows = [Estimate(c["name"], [scale * value for value in c[metric]]) for c in compared]
    numbers = Table(
        _GAINS[metric],
        ("reference", "gain", "95% interval"),
        [
            [_title(c), gained(metric, c[metric][1]), span(c[metric], lambda v: gained(metric, v))]
            for c in compared
        ],
    )
    figure = estimates(
        rows, "positive: the ensemble is better", lambda v: gained(metric, v / scale), line=0
    )  # fmt: skip
    label = f"{_GAINS[metric]}, of the ensemble over {len(rows)} references with intervals."
    return plot(figure, f"gain-{metric}", label, numbers, title=_GAINS[metric])
