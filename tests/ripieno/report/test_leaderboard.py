from ripieno.report.leaderboard import leaderboard

SCORES = {"log_loss": 0.2, "accuracy": 0.9}
SUMMARY = {
    "members": [
        {"name": "weak", "status": "trained", "weight": 0.1, "n_parameters": 1234,
         "train_seconds": 1.26, "validation": SCORES, "test": {"log_loss": 0.5, "accuracy": 0.8}},
        {"name": "dead", "status": "failed", "error": "out of memory"},
        {"name": "strong", "status": "reused", "weight": 0.9, "n_parameters": 5,
         "train_seconds": 2.0, "validation": SCORES, "test": {"log_loss": 0.3, "accuracy": 0.85}},
    ],
    "pool": {"rule": "linear_pool"},
    "ensemble": {"validation": SCORES, "test": {"log_loss": 0.25, "accuracy": 0.9}},
}  # fmt: skip


def test_rows_are_ordered_by_test_log_loss_and_failures_stand_last():
    assert [row.name for row in leaderboard(SUMMARY)] == ["ensemble", "strong", "weak", "dead"]


def test_figures_are_written_as_people_read_them():
    weak = leaderboard(SUMMARY)[2].to_dict()
    assert weak["weight share"] == "0.100"
    assert weak["test log-loss"] == "0.5000"
    assert weak["test accuracy"] == "80.00%"
    assert weak["parameters"] == "1,234"


def test_a_failed_member_has_no_figures():
    dead = leaderboard(SUMMARY)[3].to_dict()
    assert {dead[column] for column in dead if column not in ("member", "status")} == {""}
