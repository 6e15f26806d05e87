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
