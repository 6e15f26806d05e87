from ripieno.report.blocks import Cell
from ripieno.report.sections.leaderboard import leaderboard_table, metric_table


def entry(name, accuracy, log_loss):
    return {
        "name": name, "status": "trained", "weight": 1.0, "train_seconds": 61.0,
        "inference_ms": 0.5, "megabytes": 2.25, "n_parameters": 1234,
        "validation": {"log_loss": log_loss},
        "test": {"accuracy": accuracy, "log_loss": log_loss, "ece": 0.01},
        "test_intervals": {"accuracy": [accuracy - 0.01, accuracy, accuracy + 0.01],
                           "log_loss": [log_loss - 0.1, log_loss, log_loss + 0.1]},
    }  # fmt: skip


SUMMARY = {
    "members": [entry("a", 0.9, 0.3), {"name": "dead", "status": "failed", "error": "…"}],
    "pool": {"rule": "uniform"},
    "ensemble": entry("ensemble", 0.95, 0.2),
}


def test_a_row_has_scores_with_intervals_and_costs():
    ensemble, a, dead = leaderboard_table(SUMMARY).rows
    assert a == [
        "a", "trained", "1.000", Cell("90.00%", "89.00% to 91.00%"),
        Cell("0.3000", "0.2000 to 0.4000"), "1 min 01 s", "0.500", "2.25", "1,234",
    ]  # fmt: skip
    assert ensemble[:3] == ["ensemble", "uniform", "\N{EN DASH}"]
    assert dead == ["dead", "failed", *["\N{EN DASH}"] * 7]


def test_only_metrics_that_were_measured_have_a_column():
    table = metric_table(SUMMARY, "test")
    assert list(table.columns) == ["model", "accuracy", "log-loss", "ECE"]
    assert table.rows[1] == ["a", "90.00%", "0.3000", "0.0100"]
    assert list(metric_table(SUMMARY, "validation").columns) == ["model", "log-loss"]
