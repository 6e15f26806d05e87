"""The configuration as the parameter of a Prefect flow: the UI's form and the server's check."""

import pytest

from conf.loading import load_configuration
from conf.schema import Configuration

callables = pytest.importorskip("prefect.utilities.callables")
validation = pytest.importorskip("prefect.utilities.schema_tools.validation")


def flow(configuration: Configuration):
    """Stands for `train_ensemble`."""


@pytest.fixture(scope="module")
def schema():
    return callables.parameter_schema(flow).model_dump()


def errors(values, schema):
    return [error.message for error in validation.validate({"configuration": values}, schema)]


@pytest.mark.parametrize("name", ["digits", "fashion_mnist", "cifar10", "reference_64", "smoke"])
def test_what_the_form_sends_is_accepted_and_means_the_same(name, schema):
    configuration = load_configuration(name)
    sent = configuration.model_dump(mode="json")
    assert errors(sent, schema) == []
    assert Configuration.model_validate(sent) == configuration


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1},
        {"seed": "x"},
        {"ensemble": {"rule": "best"}},
        {"runner": {"workers": 0}},
        {"dataset": {"source": "digit"}},
        {"members": {"net": {"architecture": "dense_batchnorm", "epochs": 0}}},
        {"unknown": 1},
    ],
)
def test_the_server_refuses_a_bad_value_before_a_run_exists(change, schema):
    sent = load_configuration("smoke").model_dump(mode="json") | change
    assert errors(sent, schema)


def test_the_schema_fits_into_what_the_server_takes(schema):
    import json

    assert len(json.dumps(schema)) < 100_000
