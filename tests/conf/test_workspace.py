import os
from pathlib import Path

import pytest

from conf.loading import load_configuration
from conf.services import service_settings
from conf.workspace import Workspace, absolute_url, sqlite_url
from ripieno.errors import ConfigurationError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A working directory whose name has blanks and letters that are not ASCII."""
    folder = tmp_path / "ein ördner mit #"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("RIPIENO_WORKSPACE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    return folder


def test_it_is_absolute_and_here_unless_told(here):
    assert Workspace.default().root == here / "workspace"


def test_the_environment_names_another(here, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("RIPIENO_WORKSPACE", "~/runs")
    assert Workspace.default().root == Path("/home/ann/runs")
    monkeypatch.setenv("RIPIENO_WORKSPACE", "../runs")
    assert Workspace.default().root == here.parent / "runs"


def test_a_user_that_does_not_exist_is_a_folder_s_name(here):
    assert Workspace(Path("~nobody-here/runs")).root == here / "~nobody-here" / "runs"


def test_a_link_is_followed_so_that_a_workspace_has_one_name(here):
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    assert Workspace(Path("link")) == Workspace(Path("real"))


@pytest.mark.parametrize("name", ["what?", "a%20b", "100%ab"])
def test_a_path_that_is_another_one_as_a_url_is_refused_in_one_line(name, monkeypatch):
    monkeypatch.setenv("RIPIENO_WORKSPACE", name)
    with pytest.raises(
        ConfigurationError, match=r"workspace: expected a path without \?"
    ) as caught:
        Workspace.default()
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="expected a path without"):
        load_configuration("smoke", [f"workspace={name}"])


def test_a_path_longer_than_databases_open_is_refused_in_one_line(here):
    with pytest.raises(ConfigurationError, match="460 bytes at most") as caught:
        load_configuration("smoke", [f"workspace={'/'.join(['long' * 20] * 6)}"])
    assert "\n" not in str(caught.value)


def test_a_workspace_that_cannot_be_made_is_refused_in_one_line(here):
    (here / "file").touch()
    with pytest.raises(ConfigurationError, match="expected a folder that can be written") as caught:
        Workspace(Path("file/workspace")).make()
    assert "\n" not in str(caught.value)


def test_it_is_a_path_where_a_configuration_is_written(here):
    written = load_configuration("smoke").model_dump(mode="json")["workspace"]
    assert written == str(here / "workspace")


def test_mlflow_records_in_its_database_unless_told(here, monkeypatch):
    assert Workspace.default().tracking_uri == f"sqlite:///{here}/workspace/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert Workspace.default().tracking_uri == "http://127.0.0.1:5000"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    assert Workspace.default().tracking_uri == f"sqlite:///{here}/mlflow.db"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////data/runs.db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://ann@host/runs",
        "http://host/a.db",
        "no url",
    ],
)
def test_what_is_no_relative_file_stays(url):
    assert absolute_url(url) == url


def test_the_driver_and_the_options_of_a_relative_file_stay(here):
    url = absolute_url("sqlite+aiosqlite:///runs.db?timeout=60")
    assert url == f"sqlite+aiosqlite:///{here}/runs.db?timeout=60"
    assert absolute_url("sqlite:///runs.db", Path("/data")) == "sqlite:////data/runs.db"


def test_a_database_cannot_lie_where_its_url_leads_elsewhere():
    with pytest.raises(ConfigurationError, match="without"):
        sqlite_url(Path("/data/what?/runs.db"))


def test_every_path_of_a_configuration_is_absolute(here):
    changes = ["dataset={source: npz, path: my.npz}", "workspace=there"]
    tuning = "tuning={members: {forest: {}}, storage: "
    configuration = load_configuration("smoke", [*changes, f"{tuning}my.journal}}"])
    assert configuration.dataset.settings["path"] == here / "my.npz"
    assert configuration.workspace.root == here / "there"
    assert configuration.tuning.storage == str(here / "my.journal")
    configuration = load_configuration("smoke", [f"{tuning}'sqlite:///my.db'}}"])
    assert configuration.tuning.storage == f"sqlite:///{here}/my.db"


def test_the_services_paths_are_absolute(here):
    settings = service_settings(
        {
            "RIPIENO_WORKSPACE": "there",
            "MLFLOW_BACKEND_STORE_URI": "sqlite:///runs.db",
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": "files",
        }
    )
    assert settings.directory == here / "there" / "services"
    assert settings.mlflow_database == f"sqlite:///{here}/runs.db"
    assert settings.mlflow_artifacts == str(here / "files")


def test_a_working_directory_that_is_gone_is_told_in_one_line(here):
    gone = here / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match="working directory is gone"):
        Workspace.default()
