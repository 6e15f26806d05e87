from pathlib import Path

import pytest

from conf.services import service_settings
from ripieno.errors import ConfigurationError


def problem(**environment):
    with pytest.raises(ConfigurationError) as caught:
        service_settings(environment)
    return str(caught.value)


def test_nothing_listens_beyond_loopback_unless_told():
    assert service_settings({}).host == "127.0.0.1"


def test_what_is_set_to_nothing_is_not_set():
    assert service_settings({"PREFECT_PORT": ""}).prefect_port == 4200


def test_a_wildcard_address_is_reached_at_loopback():
    settings = service_settings({"RIPIENO_HOST": "0.0.0.0", "MLFLOW_PORT": "5001"})
    assert settings.mlflow_url == "http://127.0.0.1:5001"


def test_an_address_of_version_6_stands_in_brackets():
    assert service_settings({"RIPIENO_HOST": "::1"}).prefect_url == "http://[::1]:4200"


def test_the_services_write_into_the_workspace(tmp_path):
    settings = service_settings({"RIPIENO_WORKSPACE": str(tmp_path)})
    assert settings.directory == Path(tmp_path).resolve() / "services"


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_what_is_no_port_is_refused_by_name(port):
    assert problem(MLFLOW_PORT=port).startswith("MLFLOW_PORT: ")


def test_two_servers_cannot_have_one_port():
    assert "two ports" in problem(PREFECT_PORT="5000")


def test_two_servers_cannot_have_one_database():
    assert "one for both" in problem(
        PREFECT_SERVER_DATABASE_CONNECTION_URL="postgresql+asyncpg://u@h/x",
        MLFLOW_BACKEND_STORE_URI="postgresql://u@h/x",
    )


def test_a_refused_database_does_not_show_its_password():
    line = problem(MLFLOW_BACKEND_STORE_URI="mysql://user:secret@host/name")
    assert "MLFLOW_BACKEND_STORE_URI: expected postgresql://" in line
    assert "secret" not in line
