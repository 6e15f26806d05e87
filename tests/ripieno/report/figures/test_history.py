import numpy as np
import pytest

from ripieno.report.figures.history import history

NUMBERS, VALUES, BEST = [0, 1, 4], [0.5, 0.9, 0.3], [0.5, 0.5, 0.3]


def axes_of(*arguments):
    return history(*arguments).axes[0]


def test_every_complete_trial_is_a_dot_at_its_number():
    dots = axes_of(NUMBERS, VALUES, BEST, "log-loss").get_lines()[0]
    assert list(dots.get_xdata()) == NUMBERS
    assert list(dots.get_ydata()) == VALUES
    assert dots.get_marker() == "o"
    assert dots.get_linestyle() == "None"


def test_the_best_stays_until_a_better_one_comes():
    line = axes_of(NUMBERS, VALUES, BEST, "log-loss").get_lines()[1]
    assert list(line.get_ydata()) == BEST
    assert line.get_drawstyle() == "steps-post"


def test_the_axes_say_what_they_measure():
    axes = axes_of(NUMBERS, VALUES, BEST, "log-loss")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trial", "log-loss")


def test_the_member_as_configured_is_a_dashed_line_that_says_so():
    axes = axes_of(NUMBERS, VALUES, BEST, "log-loss", 0.45)
    assert [text.get_text() for text in axes.texts] == ["as configured"]
    dashed = axes.get_lines()[0]
    assert list(dashed.get_ydata()) == [0.45, 0.45]
    assert dashed.is_dashed()


def test_without_a_reference_nothing_is_said_of_it():
    axes = axes_of(NUMBERS, VALUES, BEST, "log-loss")
    assert list(axes.texts) == []
    assert len(axes.get_lines()) == 2


@pytest.mark.parametrize("sign", [1, -1])
def test_one_trial_that_hardly_learnt_does_not_hide_the_others(sign):
    values = np.array([0.5, 0.4, 0.35, 0.3, 0.3, 1e6]) * sign
    best = (np.minimum if sign > 0 else np.maximum).accumulate(values)
    low, high = axes_of(range(6), list(values), list(best), "y").get_ylim()
    assert high - low < 1
    # The better half stands within the axes.
    assert all(low < value < high for value in values[1:5])


@pytest.mark.parametrize("configured", [0.01, 3.0])
def test_the_reference_is_always_seen(configured):
    low, high = axes_of(NUMBERS, VALUES, BEST, "log-loss", configured).get_ylim()
    assert low < configured < high
    assert low < 0.3 < high


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5, 0.5], [0.0]])
def test_trials_that_are_all_alike_are_drawn(values):
    low, high = axes_of(range(len(values)), values, values, "log-loss").get_ylim()
    assert low < values[0] < high


def test_trials_are_counted_in_whole_numbers():
    axes = axes_of([0, 1], [0.5, 0.4], [0.5, 0.4], "log-loss")
    assert all(tick == int(tick) for tick in axes.get_xticks())
