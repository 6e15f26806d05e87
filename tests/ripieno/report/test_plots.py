from dataclasses import replace

import pytest
from PIL import Image

from ripieno.report import plots


def test_there_are_the_figures_that_people_look_at_first(facts):
    assert list(plots.draw(facts)) == ["test_scores", "confusion_matrix", "learning_curves"]


def test_without_epochs_there_are_no_curves(facts):
    assert "learning_curves" not in plots.draw(replace(facts, histories={}))


@pytest.mark.parametrize("name", ["test_scores", "confusion_matrix", "learning_curves"])
def test_a_saved_figure_is_a_picture_on_white_paper(name, facts, tmp_path):
    path = plots.save(plots.draw(facts)[name], tmp_path / "figure.png")
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_saved_figures_say_what_they_show_and_what_their_marks_are(facts):
    figures = plots.draw(facts)
    titles = {name: figure.get_suptitle() for name, figure in figures.items()}
    assert titles == {
        "test_scores": "Log-loss on 1,000 test images",
        "confusion_matrix": "Ensemble on 1,000 test images",
        "learning_curves": "Log-loss by epoch",
    }
    marks = {
        name: [text.get_text() for legend in figure.legends for text in legend.get_texts()]
        for name, figure in figures.items()
    }
    assert marks == {
        "test_scores": ["ensemble with 95% interval", "member with 95% interval"],
        "confusion_matrix": [],
        "learning_curves": ["validation", "training", "other members"],
    }
