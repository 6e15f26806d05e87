import numpy as np
import pytest

from ripieno.report.figures.heat_map import confusion_matrix, pairwise
from ripieno.report.theme import MAX_HEAT


def texts(figure):
    return sorted(text.get_text() for text in figure.axes[0].texts)


def opacity(figure):
    return np.asarray(figure.axes[0].images[0].get_array())[..., 3] / 255


def names_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_cells_of_the_confusion_matrix_show_their_counts():
    figure = confusion_matrix(np.array([[3, 1], [0, 4]]), ["cat", "dog"])
    assert texts(figure) == ["1", "3", "4"]
    assert names_of(figure.axes[0].yaxis) == names_of(figure.axes[0].xaxis) == ["cat", "dog"]


def test_cells_are_shaded_by_the_root_of_the_share_of_their_row():
    figure = confusion_matrix(np.array([[3, 1], [0, 4]]), ["cat", "dog"])
    expected = MAX_HEAT * np.sqrt([[0.75, 0.25], [0, 1]])
    assert opacity(figure) == pytest.approx(expected, abs=1 / 255)


def test_a_class_without_test_samples_is_no_error():
    confusion_matrix(np.array([[3, 0], [0, 0]]), ["cat", "dog"])


def test_many_classes_are_drawn_without_names_and_counts():
    figure = confusion_matrix(np.eye(100, dtype=int), [f"class {i}" for i in range(100)])
    assert texts(figure) == []
    assert "class 0" not in names_of(figure.axes[0].xaxis)


def test_dollar_signs_in_a_name_are_no_formula():
    figure = confusion_matrix(np.eye(2, dtype=int), ["$5", "$\\frac$"])
    figure.draw_without_rendering()


def test_short_names_lie_flat_and_long_ones_stand():
    flat = confusion_matrix(np.eye(2, dtype=int), ["cat", "dog"])
    upright = confusion_matrix(np.eye(10, dtype=int), ["Ankle boot"] * 10)
    assert flat.axes[0].get_xticklabels()[0].get_rotation() == 0
    assert upright.axes[0].get_xticklabels()[0].get_rotation() == 90


def test_long_names_of_a_few_classes_are_broken_not_cut():
    names = ["Norwegian forest cat, long-haired", "Greater spotted woodpecker", "dog"]
    axes = confusion_matrix(np.eye(3, dtype=int), names).axes[0]
    for axis in (axes.xaxis, axes.yaxis):
        assert [name.replace("\n", " ") for name in names_of(axis)] == names
    assert axes.get_xticklabels()[0].get_rotation() == 0


def test_names_without_a_space_are_broken_behind_an_underscore():
    names = ["extremely_randomised_forest", "a", "b"]
    assert names_of(confusion_matrix(np.eye(3, dtype=int), names).axes[0].yaxis)[0] == (
        "extremely_\nrandomised_\nforest"
    )


def test_of_a_symmetric_matrix_the_lower_triangle_is_drawn():
    values = np.array([[0, 0.1, 0.2], [0.1, 0, 0.4], [0.2, 0.4, 0]])
    figure = pairwise(values, ["a", "b", "c"])
    assert texts(figure) == ["10.0%", "20.0%", "40.0%"]
    assert names_of(figure.axes[0].yaxis) == ["b", "c"]
    assert names_of(figure.axes[0].xaxis) == ["a", "b"]
    expected = MAX_HEAT * np.array([[0.25, 0], [0.5, 1]])
    assert opacity(figure) == pytest.approx(expected, abs=1 / 255)


def test_members_that_never_differ_are_drawn():
    assert texts(pairwise(np.zeros((2, 2)), ["a", "b"])) == ["0.0%"]
