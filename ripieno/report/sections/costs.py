"""How good against how dear."""

from ripieno.report.blocks import Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.cost import Point, cost
from ripieno.report.members import Summary, ensemble, evaluated, held_out
from ripieno.report.words import listed, measured, nats, percent, plural, tick_percent


def costs(facts: ReportFacts) -> Section:
    """Accuracy and log-loss against the time of a prediction, with the frontier."""
    return Section(
        "cost",
        "Accuracy against cost",
        text=[
            "Time to predict one image on the machine that evaluated, all the members that "
            "are needed together."
        ],
        plots=[_accuracy_plot(facts.summary), _frontier_plot(facts.summary)],
    )


def _frontier_rows(summary: Summary) -> list[tuple[str, str, str]]:
    """The pools that no cheaper one beats, the cheapest first."""
    return [
        (listed(point["members"]), measured(point["inference_ms"]), nats(point["log_loss"]))
        for point in summary["pool"]["frontier"]
    ]


def _points(summary: Summary, split: str, metric: str) -> list[Point]:
    """The ensemble, then the members."""
    return [
        Point(entry["name"], entry["inference_ms"], entry[split][metric])
        for entry in (ensemble(summary), *evaluated(summary))
    ]


def _accuracy_plot(summary: Summary) -> Plot:
    pooled, *members = _points(summary, "test", "accuracy")
    numbers = Table(
        "Accuracy and cost",
        ("model", "ms an image", "test accuracy"),
        [[p.name, measured(p.milliseconds), percent(p.value)] for p in (pooled, *members)],
    )
    label = f"Test accuracy of the ensemble and {plural(len(members), 'member')} against time."
    return plot(
        cost(members, pooled, "accuracy on test", write_tick=tick_percent),
        "accuracy-cost",
        label,
        numbers,
        title="Test accuracy against time",
    )


def _frontier_plot(summary: Summary) -> Plot:
    pooled, *members = _points(summary, "validation", "log_loss")
    called = held_out(summary)
    title = f"{called.capitalize()} log-loss against time"
    frontier = [
        Point(plural(len(p["members"]), "member"), p["inference_ms"], p["log_loss"])
        for p in summary["pool"]["frontier"]
    ]
    rows = [[p.name, measured(p.milliseconds), nats(p.value)] for p in (pooled, *members)]
    rows += [[f"frontier: {names}", ms, loss] for names, ms, loss in _frontier_rows(summary)]
    return plot(
        cost(members, pooled, f"{called} log-loss (nats)", frontier),
        "frontier",
        f"{title}; the frontier has {plural(len(frontier), 'pool')}.",
        Table("Log-loss and cost", ("model", "ms an image", f"{called} log-loss"), rows),
        title=title,
        note="The pools are of calibrated members, cross-fitted: no cheaper one beats them. "
        "Members are as they are.",
    )
