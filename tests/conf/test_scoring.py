from pathlib import Path

import pytest

from conf.scoring import check_scoring
from ripieno.errors import ConfigurationError

GIVEN = {"input": "pictures", "output": "scores"}


def test_the_defaults_are_those_of_the_functions():
    scoring = check_scoring(GIVEN)
    assert (scoring.input, scoring.model) == (Path.cwd() / "pictures", "latest")
    assert scoring.drift.model_dump() == {"alpha": 0.01, "psi": 0.2, "min_images": 50}


def test_set_changes_a_threshold():
    assert check_scoring(GIVEN, ["drift.psi=0.3"]).drift.psi == 0.3


def test_every_mistake_names_its_own_override():
    with pytest.raises(ConfigurationError) as caught:
        check_scoring(GIVEN, ["drift.psy=1", "drift.alpha=2"])
    lines = str(caught.value).splitlines()
    assert [line.rpartition("(")[2] for line in lines] == [
        "--set drift.alpha=2).",
        "--set drift.psy=1).",
    ]


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("drift.alpha=2", "drift.alpha: expected"),
        ("drift.psy=1", "Nearest: psi"),
        ("drift.min_images=few", "drift.min_images: expected an integer"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_override(override, words):
    with pytest.raises(ConfigurationError) as caught:
        check_scoring(GIVEN, [override])
    assert words in str(caught.value)
    assert f"--set {override}" in str(caught.value)
    assert "\n" not in str(caught.value)
