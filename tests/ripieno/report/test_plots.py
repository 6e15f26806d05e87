import numpy as np
from PIL import Image

from ripieno.report import plots


def epochs(*losses):
    return [
        {"number": i, "metrics": {"validation_log_loss": loss}} for i, loss in enumerate(losses, 1)
    ]


def test_learning_curves_have_a_line_for_each_split_of_a_member():
    figure = plots.learning_curves({"a": epochs(1.0, 0.5), "b": epochs(0.7)})
    lines = figure.axes[0].get_lines()
    assert len(lines) == 4
    assert list(lines[0].get_ydata()) == [1.0, 0.5]


def test_the_best_member_stands_on_top():
    figure = plots.test_scores(["a", "b", "ensemble"], [0.3, 0.5, 0.2])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["b", "a", "ensemble"]  # drawn from the bottom


def test_cells_of_the_confusion_matrix_show_their_counts():
    figure = plots.confusion_matrix(np.array([[3, 1], [0, 4]]), ["cat", "dog"])
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["1", "3", "4"]


def test_a_class_without_test_samples_is_no_error():
    plots.confusion_matrix(np.array([[3, 0], [0, 0]]), ["cat", "dog"])


def test_many_classes_are_drawn_without_labels():
    figure = plots.confusion_matrix(np.eye(100, dtype=int), [str(i) for i in range(100)])
    assert len(figure.axes[0].texts) == 0


def test_a_saved_figure_is_a_picture(tmp_path):
    path = plots.save(plots.test_scores(["a"], [0.1]), tmp_path / "scores.png")
    with Image.open(path) as image:
        assert image.format == "PNG"
