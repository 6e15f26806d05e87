from importlib.util import find_spec

import pytest

from conf.services import service_settings
from ripieno.errors import ConfigurationError
from tasks.services.programs import environment, own_environment, programs, with_driver


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A working directory of its own: the workspace's password is made there."""
    monkeypatch.chdir(tmp_path)


SECRET = "postgresql://user:secret@host/runs"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://h/x", "postgresql+psycopg://h/x"),
        ("postgresql+psycopg2://h/x", "postgresql+psycopg2://h/x"),
        ("sqlite:////x.db", "sqlite:////x.db"),
    ],
)
def test_a_driver_is_added_where_none_is_named(url, expected):
    assert with_driver(url, {"postgresql": "postgresql+psycopg"}) == expected


def test_passwords_stay_out_of_the_command_lines():
    settings = service_settings({"MLFLOW_BACKEND_STORE_URI": SECRET})
    own = own_environment(settings, {})
    assert own["MLFLOW_BACKEND_STORE_URI"] == "postgresql+psycopg://user:secret@host/runs"
    assert "secret" not in str(programs(settings))


def test_each_server_has_a_file_in_the_workspace_by_default(tmp_path):
    own = own_environment(service_settings({"RIPIENO_WORKSPACE": str(tmp_path)}), {})
    assert own["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{tmp_path}/mlflow.db"
    assert own["PREFECT_SERVER_DATABASE_CONNECTION_URL"].startswith(
        f"sqlite+aiosqlite:///{tmp_path}/"
    )


def test_a_server_that_others_reach_asks_for_the_password():
    settings = service_settings({"RIPIENO_HOST": "0.0.0.0"})
    if find_spec("flask_wtf") is None:
        with pytest.raises(ConfigurationError, match="others would reach MLflow's server"):
            own_environment(settings, {})
        return
    own = own_environment(settings, {})
    assert own["PREFECT_API_AUTH_STRING"].endswith(own["MLFLOW_TRACKING_PASSWORD"])
    assert "basic-auth" in programs(settings)[1].arguments


def test_our_settings_go_before_the_users_and_those_before_defaults():
    made = environment({"A": "own"}, {"A": "user", "B": "user"}, {"B": "default", "C": "default"})
    assert (made["A"], made["B"], made["C"]) == ("own", "user", "default")


def test_the_worker_starts_last_and_so_stops_first():
    assert [program.name for program in programs(service_settings({}))][-1] == "worker"
