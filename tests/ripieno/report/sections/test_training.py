from dataclasses import replace

from ripieno.report.sections.training import training


def epochs(*losses):
    return [
        {"number": i, "metrics": {"validation_log_loss": loss}} for i, loss in enumerate(losses, 1)
    ]


def section(facts, **histories):
    return training(replace(facts, histories=histories))


def test_only_metrics_that_were_measured_are_drawn(facts):
    assert [plot.title for plot in training(facts).plots] == [
        "Log-loss by epoch", "Accuracy by epoch"
    ]  # fmt: skip
    assert [plot.title for plot in section(facts, a=epochs(1.0, 0.5)).plots] == [
        "Log-loss by epoch"
    ]


def test_every_epoch_is_in_the_table(facts):
    (plot,) = section(facts, a=epochs(1.0, 0.5)).plots
    dash = "\N{EN DASH}"
    assert plot.numbers.rows == [["a", "1", dash, "1.0000"], ["a", "2", dash, "0.5000"]]


def test_members_without_a_curve_are_named(facts):
    assert section(facts, a=epochs(0.5), b=[]).text == ["a and b have no curve: fitted in one go."]
    assert section(facts, a=epochs(0.5)).plots == []
