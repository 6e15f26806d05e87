import math

import numpy as np

from ripieno.report.figures.curves import learning_curves, values_of


def epochs(*losses):
    return [
        {"number": i, "metrics": {"validation_log_loss": loss}} for i, loss in enumerate(losses, 1)
    ]


def drawn(axes):
    return [list(line.get_ydata()) for line in axes.get_lines() if len(line.get_ydata())]


def test_a_panel_has_the_other_members_then_training_then_validation():
    panels = learning_curves({"a": epochs(1.0, 0.5), "b": epochs(0.7, 0.6)}).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["a", "b"]
    others, train, validation = drawn(panels[0])
    assert others == [0.7, 0.6]
    assert np.isnan(train).all()
    assert validation == [1.0, 0.5]


def test_many_members_are_not_drawn_behind_one_another():
    panels = learning_curves({f"m{i}": epochs(1.0, 0.5) for i in range(9)}).axes
    assert len(drawn(panels[0])) == 2


def test_panels_share_their_scales_and_an_empty_one_is_hidden():
    panels = learning_curves({name: epochs(1.0, 0.5 + i) for i, name in enumerate("abc")}).axes
    assert len({axes.get_ylim() for axes in panels[:3]}) == 1
    assert not panels[3].get_visible()


def test_losses_that_differ_much_are_drawn_on_a_logarithmic_scale():
    assert learning_curves({"a": epochs(5.0, 0.1)}).axes[0].get_yscale() == "log"
    assert learning_curves({"a": epochs(0.5, 0.1)}).axes[0].get_yscale() == "linear"


def test_a_diverged_training_leaves_a_gap():
    values = values_of(epochs(1.0, math.nan, None, math.inf, 0.5), "validation_log_loss")
    assert np.isnan(values).tolist() == [False, True, True, True, False]


def test_curves_of_nothing_but_nan_are_drawn():
    learning_curves({"a": epochs(math.nan, math.nan)})


def in_legend(histories):
    (legend,) = learning_curves(histories).legends
    return [text.get_text() for text in legend.get_texts()]


def test_the_legend_names_what_is_drawn_and_nothing_else():
    trained = [{"number": 1, "metrics": {"train_log_loss": 1.0, "validation_log_loss": 1.1}}]
    assert in_legend({"a": epochs(1.0, 0.5)}) == ["validation"]
    assert in_legend({"a": trained}) == ["validation", "training"]
    assert in_legend({"a": trained, "b": trained}) == ["validation", "training", "other members"]


def test_the_lowest_panel_of_each_column_names_its_axis():
    panels = learning_curves({name: epochs(1.0, 0.5) for name in "abc"}).axes
    assert [axes.get_xlabel() for axes in panels[:3]] == ["", "epoch", "epoch"]


def test_accuracies_are_percentages():
    shares = {1: 0.02, 2: 0.9}
    trained = [{"number": i, "metrics": {"validation_accuracy": v}} for i, v in shares.items()]
    axes = learning_curves({"a": trained}, "accuracy", "accuracy").axes[0]
    assert axes.get_yscale() == "linear"
    assert axes.yaxis.get_major_formatter()(0.5) == "50%"
