from ripieno.report.blocks import Cell
from ripieno.report.sections.comparisons import comparison_table, comparisons, verdicts

COMPARISON = {
    "reference": "best_member", "name": "forest",
    "note": "chosen on validation, calibrated", "accuracy": [-0.01, 0.01, 0.03],
    "log_loss": [0.1, 0.2, 0.3], "brier": [0.0, 0.05, 0.1], "only_ensemble_right": 1041,
    "only_reference_right": 18, "mcnemar_p": 0.000123, "verdict": "Better than forest.",
}  # fmt: skip
SUMMARY = {"ensemble": {"comparisons": [COMPARISON]}}


def test_a_row_has_gains_counts_and_the_test():
    assert comparison_table(SUMMARY).rows == [
        [
            "best member: forest (chosen on validation, calibrated)",
            Cell("+1.00", "\N{MINUS SIGN}1.00 to +3.00"),
            Cell("+0.2000", "+0.1000 to +0.3000"),
            Cell("+0.0500", "0.0000 to +0.1000"),
            "1,041",
            "18",
            "0.00012",
        ]
    ]


def test_every_reference_has_its_verdict():
    assert verdicts(SUMMARY) == ["Better than forest."]


def test_the_plain_mean_is_called_so(facts):
    assert "plain mean" in comparisons(facts).plots[0].svg
