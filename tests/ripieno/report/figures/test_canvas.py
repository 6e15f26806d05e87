import pytest

from ripieno.report.figures.canvas import add_legend, add_title, new_figure, plain, widen_scale


def test_a_figure_is_360_points_wide():
    assert new_figure(2.0).get_size_inches().tolist() == [5.0, 2.0]


def test_what_cannot_be_printed_becomes_a_space():
    assert plain("a\x1b[31m\nb") == "a [31m b"


def test_a_dollar_starts_no_formula():
    assert plain("$x$") == r"\$x\$"


@pytest.mark.parametrize(
    ("values", "scale"), [([1, 9], "linear"), ([1, 11], "log"), ([0, 11], "linear"), ([], "linear")]
)
def test_only_positive_values_far_apart_need_a_logarithmic_scale(values, scale):
    axes = new_figure(1.0).subplots()
    widen_scale(axes, "x", values)
    assert axes.get_xscale() == scale


def test_title_and_legend_make_the_figure_higher_and_keep_clear_of_the_axes():
    figure = new_figure(2.0)
    axes = figure.subplots()
    add_legend(figure, {"costs $5": {"color": "#000000"}})
    add_title(figure, "In $")
    figure.draw_without_rendering()
    _, bottom, _, top = axes.get_tightbbox().extents
    title = figure._suptitle
    assert figure.get_size_inches()[1] > 2.0
    assert figure.legends[0].get_window_extent().y1 <= bottom
    assert top <= title.get_window_extent().y0
