from ripieno.report.sections.calibration import calibration


def test_both_diagrams_have_their_error_and_bins(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    bins = {"confidence": [0.6, 0.9], "accuracy": [0.5, 0.95], "count": [5, 1005], "ece": 0.0625}
    facts.summary["ensemble"]["calibration"]["before"] = bins
    before, after = calibration(facts).plots
    assert before.note == "Expected calibration error 6.25%"
    assert before.numbers.rows == [["60.00%", "50.00%", "5"], ["90.00%", "95.00%", "1,005"]]
    assert after.title == "After calibration"


def test_a_pool_that_was_not_calibrated_has_one_diagram(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    bins = facts.summary["ensemble"]["calibration"]
    bins["before"] = bins["after"]
    section = calibration(facts)
    assert [plot.title for plot in section.plots] == ["Without calibration"]
    assert "nothing was calibrated" in section.text[0]
