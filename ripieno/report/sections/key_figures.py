"""The four figures that stand below the headline."""

from dataclasses import dataclass

from ripieno.report.members import Summary, best_member, ensemble
from ripieno.report.words import gained, measured, nats, percent, seconds, span


@dataclass(frozen=True)
class KeyFigure:
    """A large figure with what it is and what goes with it."""

    title: str
    value: str
    detail: str


def key_figures(summary: Summary) -> list[KeyFigure]:
    """Accuracy, log-loss, gain over the best member, and cost."""
    pooled = ensemble(summary)
    test, intervals = pooled["test"], pooled["test_intervals"]
    gain = summary["ensemble"]["gain_over_best_member"]["log_loss"]
    return [
        KeyFigure("test accuracy", percent(test["accuracy"]), span(intervals["accuracy"], percent)),
        KeyFigure("test log-loss", nats(test["log_loss"]), span(intervals["log_loss"], nats)),
        KeyFigure(
            f"nats gained over {best_member(summary)}",
            gained("log_loss", gain[1]),
            span(gain, lambda v: gained("log_loss", v)),
        ),
        KeyFigure(
            "to predict an image",
            f"{measured(pooled['inference_ms'])} ms",
            f"{measured(pooled['megabytes'])} MB, trained in {seconds(pooled['train_seconds'])}",
        ),
    ]
