from ripieno.report.sections.diversity import ambiguity_table, pairs_table

MEASURED = {
    "members": ["a", "b", "c"],
    "disagreement": [[0, 0.1, 0.3], [0.1, 0, 0.2], [0.3, 0.2, 0]],
    "double_fault": [[0.1, 0.05, 0.01], [0.05, 0.1, 0.02], [0.01, 0.02, 0.1]],
    "q_statistic": [[None, 0.5, None], [0.5, None, 0.75], [None, 0.75, None]],
    "error_correlation": [[1, 0.5, 0.25], [0.5, 1, 0.125], [0.25, 0.125, 1]],
    "ambiguity": {"mean_member_log_loss": 0.3, "diversity": 0.1, "ensemble_log_loss": 0.2},
}


def test_the_most_different_pair_leads_and_an_undefined_measure_is_a_dash():
    assert pairs_table(MEASURED).rows == [
        ["a, c", "30.00%", "1.00%", "\N{EN DASH}", "0.250"],
        ["b, c", "20.00%", "2.00%", "0.750", "0.125"],
        ["a, b", "10.00%", "5.00%", "0.500", "0.500"],
    ]


def test_the_decomposition_is_a_sum():
    assert [row[1] for row in ambiguity_table(MEASURED).rows] == ["0.3000", "0.1000", "0.2000"]
