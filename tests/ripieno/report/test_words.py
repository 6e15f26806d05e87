import math

import pytest

from ripieno.report import words


def test_a_negative_figure_has_a_true_minus():
    assert words.nats(-0.01234) == "\N{MINUS SIGN}0.0123"


def test_a_figure_that_does_not_exist_is_a_dash():
    assert words.number(None) == words.number(math.nan) == words.measured(math.inf) == "\N{EN DASH}"


def test_what_rounds_to_zero_has_no_sign():
    assert words.gained("accuracy", -0.00001) == "0.00"


def test_gains_of_accuracy_are_percentage_points():
    assert words.gained("accuracy", 0.0123) == "+1.23"
    assert words.gained("log_loss", 0.0123) == "+0.0123"


def test_scores_are_written_in_their_own_unit():
    assert words.scored("balanced_accuracy", 0.94162) == "94.16%"
    assert words.scored("brier", 0.12345) == "0.1235"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4213, "0.42 s"), (12.34, "12.3 s"), (245.9, "4 min 05 s"), (7380.0, "2 h 03 min")],
)
def test_durations_are_written_in_the_unit_they_are_felt_in(value, text):
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "0.0123"), (4.1, "4.10"), (99.94, "99.9"), (1234.5, "1,234")]
)
def test_measures_have_three_figures_that_count(value, text):
    assert words.measured(value) == text


def test_a_weight_of_exactly_zero_has_no_decimals():
    assert words.weight(0.0) == "0"
    assert words.weight(0.0001) == "0.000"


def test_names_are_listed_as_a_sentence_has_them():
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_a_long_name_keeps_both_ends():
    assert words.shortened("separable_convnet_seed_17", 15) == "separab…seed_17"
    assert len(words.shortened("x" * 60, 15)) == 15


def test_no_share_beyond_the_possible_stands_on_an_axis():
    assert words.tick_percent(0.955) == "95.5%"
    assert words.tick_percent(1.02) == ""
