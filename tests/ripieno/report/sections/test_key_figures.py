from ripieno.report.sections.key_figures import key_figures


def test_there_are_score_gain_and_cost_with_what_goes_with_them(facts):
    accuracy, log_loss, gain, cost = key_figures(facts.summary)
    assert accuracy.title == "test accuracy"
    assert " to " in accuracy.detail
    assert log_loss.value == f"{facts.summary['ensemble']['test']['log_loss']:.4f}"
    over = "convnet_batchnorm (chosen on validation, calibrated)"
    assert (gain.title, gain.value) == (f"nats gained over {over}", "+0.0231")
    assert (cost.title, cost.value) == ("to predict an image", "6.85 ms")
