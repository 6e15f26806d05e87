from ripieno.report.figures.changes import Change, changes
from ripieno.report.theme import LIGHT


def test_a_rise_is_blue_and_a_fall_orange():
    lines = (
        changes([Change("up", 0.8, 0.9), Change("down", 0.9, 0.7)], "F1", "old", "new")
        .axes[0]
        .get_lines()
    )
    assert [line.get_color() for line in lines[::3]] == [LIGHT["accent"], LIGHT["warm"]]


def test_the_difference_is_written_behind_each_row():
    texts = (
        changes([Change("up", 0.8, 0.9), Change("same", 0.5, 0.5)], "F1", "old", "new")
        .axes[0]
        .texts
    )
    assert [text.get_text() for text in texts] == ["+0.100", "0.000"]


def test_the_legend_says_what_is_before_and_what_after():
    (legend,) = changes([Change("up", 0.8, 0.9)], "F1", "svm", "ensemble").legends
    assert [text.get_text() for text in legend.get_texts()] == ["svm", "ensemble"]
