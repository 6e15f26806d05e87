"""Members and ensemble in one table, best test log-loss first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ripieno.report.members import evaluated, failed, held_out


@dataclass(frozen=True)
class Row:
    """One line; figures that do not exist are None.

    Attributes:
        name: The member's name, or `ensemble`.
        status: `trained`, `reused`, `failed`, or the rule for the ensemble.
        share: Its share of the pool's weights.
        validation_log_loss: In nats.
        test_log_loss: In nats.
        seconds: Wall time of training.
        held_out: What the scores are called that are not on test.
    """

    name: str
    status: str
    share: float | None = None
    validation_log_loss: float | None = None
    validation_accuracy: float | None = None
    test_log_loss: float | None = None
    test_accuracy: float | None = None
    n_parameters: int | None = None
    seconds: float | None = None
    held_out: str = "validation"

    def to_dict(self) -> dict[str, str]:
        """The row as people read it, by column title."""
        return {
            "member": self.name,
            "status": self.status,
            "weight share": formatted(self.share, ".3f"),
            f"{self.held_out} log-loss": formatted(self.validation_log_loss, ".4f"),
            f"{self.held_out} accuracy": formatted(self.validation_accuracy, ".2%"),
            "test log-loss": formatted(self.test_log_loss, ".4f"),
            "test accuracy": formatted(self.test_accuracy, ".2%"),
            "parameters": formatted(self.n_parameters, ",d"),
            "train seconds": formatted(self.seconds, ".1f"),
        }


def formatted(value: float | None, spec: str) -> str:
    """The figure, or nothing where there is none."""
    return "" if value is None else format(value, spec)


def leaderboard(summary: Mapping[str, Any]) -> list[Row]:
    """The rows of a run's `summary.json`; failed members stand last."""
    called = held_out(summary)
    rows = [
        Row(
            name=member["name"],
            status=member["status"],
            share=member.get("share"),
            n_parameters=member.get("n_parameters"),
            seconds=member.get("train_seconds"),
            held_out=called,
            **scores(member),
        )
        for member in (*evaluated(summary), *failed(summary))
    ]
    pooled = scores(summary["ensemble"])
    rows.append(Row("ensemble", summary["pool"]["rule"], held_out=called, **pooled))
    return sorted(rows, key=lambda row: (row.test_log_loss is None, row.test_log_loss or 0.0))


def scores(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The four figures of a row, where the entry has them."""
    return {
        f"{split}_{metric}": entry[split][metric]
        for split in ("validation", "test")
        if split in entry
        for metric in ("log_loss", "accuracy")
    }
