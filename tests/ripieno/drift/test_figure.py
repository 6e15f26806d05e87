from ripieno.drift.detection import Drift, Shift
from ripieno.drift.figure import drift_figure


def test_the_largest_shift_stands_on_top_and_the_threshold_is_marked():
    shifts = {
        "contrast": Shift("kolmogorov_smirnov", 0.03, 0.4, 0.8, 0.02, False),
        "predicted_classes": Shift("chi_squared", 60.0, 1e-9, 2e-9, 0.9, True),
    }
    axes = drift_figure(Drift(80, 300, True, shifts), 0.2).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["predicted classes", "contrast"]
    assert [bar.get_width() for bar in axes.patches] == [0.9, 0.02]
    assert axes.lines[0].get_xdata()[0] == 0.2


def test_it_has_a_title_and_says_what_the_colours_are():
    shifts = {"contrast": Shift("kolmogorov_smirnov", 0.03, 0.4, 0.8, 0.02, False)}
    figure = drift_figure(Drift(80, 300, True, shifts), 0.2)
    assert figure.get_suptitle() == "Drift of 80 images"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "drifted", "not drifted", "large from here",
    ]  # fmt: skip
