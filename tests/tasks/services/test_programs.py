import pytest

from conf.services import service_settings
from tasks.services.programs import environment, own_environment, programs, with_driver

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


def test_our_settings_go_before_the_users_and_those_before_defaults():
    made = environment({"A": "own"}, {"A": "user", "B": "user"}, {"B": "default", "C": "default"})
    assert (made["A"], made["B"], made["C"]) == ("own", "user", "default")


def test_the_worker_starts_last_and_so_stops_first():
    assert [program.name for program in programs(service_settings({}))][-1] == "worker"
