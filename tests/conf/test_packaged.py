"""The configurations that come with ripieno, against the images that they are for."""

from pathlib import Path

import pytest

from conf.loading import PACKAGED, load_configuration
from ripieno.models import MODELS

SHAPES = {
    "cifar10": (32, 32, 3),
    "digits": (8, 8, 1),
    "fashion_mnist": (28, 28, 1),
    "reference_64": (64, 64, 3),
    "smoke": (8, 8, 1),
}


def test_every_packaged_configuration_is_known_here():
    assert {path.stem for path in PACKAGED.glob("*.yaml")} == SHAPES.keys()


@pytest.mark.parametrize("name", SHAPES)
def test_a_packaged_configuration_is_legal(name):
    configuration = load_configuration(name)
    assert configuration.tracking.experiment == name
    assert 2 <= configuration.ensemble.min_members < len(configuration.members)


@pytest.mark.parametrize("name", SHAPES)
def test_every_member_fits_the_images(name):
    for member in load_configuration(name).members.values():
        MODELS[member.architecture].check(SHAPES[name], 10, **member.settings)


@pytest.mark.parametrize("name", SHAPES)
def test_members_differ_in_architecture(name):
    members = load_configuration(name).members.values()
    assert len({member.architecture for member in members}) >= 3


@pytest.mark.parametrize("name", SHAPES)
def test_two_lines_of_comment_say_what_it_is(name):
    lines = (PACKAGED / f"{name}.yaml").read_text().splitlines()
    assert [line.startswith("# ") for line in lines[:3]] == [True, True, False]


def test_the_reference_model_is_configured_as_it_was_published():
    reference = load_configuration("reference_64").members["reference"].settings
    assert reference["filters"] == ((32, 64), (64, 128), (64, 128))
    assert reference["dense_units"] == (32,)
    assert (reference["padding"], reference["pooling"]) == ("valid", "max")
    assert (reference["batch_normalisation"], reference["optimiser"]) == ("none", "rmsprop")


def test_fashion_mnist_says_how_to_get_the_data_and_can_be_pointed_elsewhere():
    configuration = load_configuration("fashion_mnist", ["dataset.directory=~/fashion"])
    assert configuration.dataset.settings["directory"] == Path.home() / "fashion"
    assert "apt install dataset-fashion-mnist" in configuration.dataset.settings["hint"]


def test_another_source_takes_the_place_of_a_configuration_s_own():
    source = "dataset={source: keras, name: fashion_mnist}"
    assert load_configuration("fashion_mnist", [source]).dataset.source == "keras"
