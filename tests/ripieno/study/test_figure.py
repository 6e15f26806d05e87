import io
from xml.etree import ElementTree

import numpy as np
import pytest

from ripieno.study.effects import compare
from ripieno.study.figure import gain_rows, score_rows, study_figure
from ripieno.study.teams import fit_teams, predict


@pytest.fixture
def comparisons(simulate):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    repeats = [simulate(rng, [1.0, 1.5], 2, labels) for _ in range(3)]
    predictions = [predict(fit_teams("uniform", p, labels, False), p) for p in repeats]
    names = ["convnet_$a$", "dense"]
    return [compare(m, names, predictions, [0, 1, 1], labels) for m in ("log_loss", "accuracy")]


def test_every_team_has_a_row(comparisons):
    names = [row.name for row in score_rows(comparisons[0])]
    assert names == [
        "convnet_$a$", "2 seeds of it", "dense", "2 seeds of it", "2 different ones",
    ]  # fmt: skip


def test_every_row_has_a_mark_a_repeat(comparisons):
    for row in score_rows(comparisons[0]) + gain_rows(comparisons[0]):
        assert len(row.repeats) == 3
        assert row.interval.mid == pytest.approx(np.mean(row.repeats))


def test_the_figure_can_be_drawn_and_names_what_it_shows(comparisons):
    file = io.StringIO()
    study_figure(comparisons).savefig(file, format="svg")
    ElementTree.fromstring(file.getvalue())
    for words in (
        "test log-loss",
        "test accuracy",
        "different over seeds",
        "3 repeats",
        "2 different architectures",
        "Seeds of one architecture",
    ):
        assert words in file.getvalue()
