from urllib.parse import parse_qs, urlsplit

import pytest

from tasks.links import compare_page, mlflow_page, prefect_page, run_page
from tasks.records import Run


@pytest.fixture
def run(tmp_path):
    return Run("name", tmp_path, tmp_path, "parent", "7", None)


def test_a_run_in_a_tracking_server_has_a_page():
    expected = "http://host:5000/#/experiments/7/runs/parent?workflowType=machine_learning"
    assert mlflow_page("http://host:5000/", run_page("7", "parent")) == expected


def test_a_run_in_a_file_has_none():
    assert mlflow_page("sqlite:///mlflow.db", run_page("7", "parent")) is None


def test_the_page_compares_the_ensemble_with_the_members_there_are(run):
    members = [{"status": "trained", "run_id": "a"}, {"status": "failed", "run_id": "b"}]
    page = compare_page(run, {"members": members, "ensemble": {"run_id": "e"}})
    query = parse_qs(urlsplit(page.removeprefix("#")).query)
    assert query == {
        "runs": ['["a", "e"]'],
        "experiments": ['["7"]'],
        "workflowType": ["machine_learning"],
    }


def test_a_flow_run_of_a_standing_server_has_a_page(monkeypatch):
    monkeypatch.delenv("PREFECT_UI_URL", raising=False)
    monkeypatch.setenv("PREFECT_API_URL", "http://host:4200/api")
    assert prefect_page("17") == "http://host:4200/runs/flow-run/17"


def test_a_flow_run_of_a_temporary_server_has_none(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert prefect_page("17") is None
