from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.words import nats

ROWS = [
    Estimate("ensemble", [0.1, 0.2, 0.4], emphasised=True),
    Estimate("member", [0.3, 0.35, 0.5], note="12 s"),
]


def test_the_first_row_stands_on_top():
    axes = estimates(ROWS, "log-loss", nats).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ensemble", "member"]
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_a_line_spans_the_interval_and_a_dot_is_the_estimate():
    lines = estimates(ROWS, "log-loss", nats).axes[0].get_lines()
    assert list(lines[0].get_xdata()) == [0.1, 0.4]
    assert list(lines[1].get_xdata()) == [0.2]


def test_values_and_notes_are_written():
    texts = estimates(ROWS, "log-loss", nats).axes[0].texts
    assert [text.get_text() for text in texts] == ["0.2000", "0.3500", "12 s"]


def test_a_line_marks_no_difference_where_asked():
    lines = estimates(ROWS, "gain", nats, line=0).axes[0].get_lines()
    assert list(lines[0].get_xdata()) == [0, 0]


def test_one_score_far_off_does_not_hide_the_others():
    far = [*ROWS, Estimate("useless", [11.0, 12.0, 13.0])]
    assert estimates(far, "log-loss", nats, wide=True).axes[0].get_xscale() == "log"
    assert estimates(far, "log-loss", nats).axes[0].get_xscale() == "linear"
    assert estimates(ROWS, "log-loss", nats, wide=True).axes[0].get_xscale() == "linear"
