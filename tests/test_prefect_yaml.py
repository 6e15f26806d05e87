"""What `make up` deploys is there, and its parameters are legal."""

import importlib
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from conf.named import Experiment

DEPLOYMENTS = yaml.safe_load((Path(__file__).parents[1] / "prefect.yaml").read_text())[
    "deployments"
]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["name"])
def test_a_deployment_is_a_flow_with_a_description_and_our_tag(deployment):
    module, _, name = deployment["entrypoint"].rpartition(".")
    assert hasattr(getattr(importlib.import_module(module), name), "deploy")
    assert deployment["description"]
    assert "ripieno" in deployment["tags"]
    assert deployment["work_pool"]["name"] == "ripieno"


@pytest.mark.parametrize("name", ["train", "tune"])
def test_what_the_form_is_filled_with_is_legal(name):
    (deployment,) = (each for each in DEPLOYMENTS if each["name"] == name)
    assert TypeAdapter(Experiment).validate_python(deployment["parameters"]["configuration"])


def test_nothing_is_scheduled_that_nobody_asked_for():
    assert [each["name"] for each in DEPLOYMENTS if "schedules" in each or "schedule" in each] == []
