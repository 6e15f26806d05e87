import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from conf.services import lasting_prefect_api
from conf.workspace import Workspace
from flows.environment import answers, prepare_environment, require_prefect
from ripieno.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *args):
        """Keep quiet."""


@pytest.fixture(autouse=True)
def environment():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    for child in psutil.Process().children():  # temporary servers, which live as long as pytest
        with suppress(psutil.Error):
            if any("prefect_server" in part for part in child.cmdline()):
                child.kill()


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}/api"


def test_a_server_that_is_healthy_answers(server):
    assert answers(server)
    assert answers(server + "/")


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *args):
        """Keep quiet."""


def test_a_server_that_is_not_prefect_does_not_count():
    with HTTPServer(("127.0.0.1", 0), Page) as page:
        thread = threading.Thread(target=page.serve_forever)
        thread.start()
        answered = answers(f"http://127.0.0.1:{page.server_port}/api")
        page.shutdown()
        thread.join()
    assert not answered


def test_a_closed_port_does_not_answer(dead_url):
    assert not answers(dead_url)


@pytest.mark.parametrize("url", ["", "file:///etc/hostname", "not a url"])
def test_what_is_no_address_does_not_answer(url):
    assert not answers(url)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user without settings, in a working directory without any."""
    for name in ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_PROFILE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RIPIENO_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by_environment(url, home):
    os.environ["PREFECT_API_URL"] = url


def by_dotenv(url, home):
    (home / ".env").write_text(f"PREFECT_API_URL={url}\n")


def by_toml(url, home):
    (home / "prefect.toml").write_text(f'[api]\nurl = "{url}"\n')


def by_profile(url, home):
    (home / ".prefect").mkdir()
    os.environ["PREFECT_HOME"] = "~/.prefect"  # Prefect has found its own when it was imported
    profile = f'active = "ours"\n[profiles.ours]\nPREFECT_API_URL = "{url}"\n'
    (home / ".prefect" / "profiles.toml").write_text(profile)


@pytest.mark.parametrize("ask", [by_environment, by_dotenv, by_toml, by_profile])
def test_a_prefect_server_is_found_wherever_it_is_asked_for(ask, home, server):
    ask(server, home)
    prepare_environment(Workspace.default())()
    assert os.environ["PREFECT_API_URL"] == server
    assert lasting_prefect_api() == server


@pytest.mark.parametrize("ask", [by_environment, by_profile])
def test_one_that_does_not_answer_is_named_and_a_temporary_one_used(ask, home, dead_url, capsys):
    ask(dead_url, home)
    prepare_environment(Workspace.default())
    assert os.environ["PREFECT_API_URL"] != dead_url
    assert lasting_prefect_api() is None
    assert dead_url in capsys.readouterr().err


def test_the_temporary_server_s_home_is_in_the_workspace(home):
    prepare_environment(Workspace.default())
    assert os.environ["PREFECT_HOME"] == str(home / "workspace" / "services" / "prefect")
    assert os.environ["PREFECT_API_URL"].startswith("http://127.0.0.1:")


def test_settings_that_cannot_be_read_are_told_in_one_line(home):
    (home / "prefect.toml").write_text("[api\n")
    with pytest.raises(ConfigurationError, match="Prefect's settings") as caught:
        prepare_environment(Workspace.default())
    assert "\n" not in str(caught.value)


def test_a_setting_that_prefect_refuses_is_told_in_one_line_with_its_name(home):
    program = "from flows.prefect_server import configured_url as ask; ask()"
    asked = os.environ | {"PREFECT_LOGGING_LEVEL": "FOO", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=asked, capture_output=True, text=True, check=False
    )
    assert "LoggingSettings.level: Input should be 'DEBUG'" in ended.stderr.splitlines()[-1]
    assert "Failed to initialize plugins" not in ended.stderr


def test_a_warning_that_the_user_has_raised_ends_nothing(home, server):
    program = (
        "import subprocess, sys, warnings; from flows.environment import set_defaults;"
        "set_defaults(); warnings.warn('of a library');"
        "child = 'import warnings; warnings.warn(str(1))';"
        "subprocess.run([sys.executable, '-c', child], check=True)"
    )
    asked = os.environ | {"PYTHONWARNINGS": "error", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], env=asked, check=True)


def test_what_the_user_set_stays(home, server):
    os.environ |= {"PREFECT_API_URL": server, "MLFLOW_LOGGING_LEVEL": "DEBUG"}
    prepare_environment(Workspace.default())()
    assert os.environ["MLFLOW_LOGGING_LEVEL"] == "DEBUG"


def test_proxies_are_never_asked_for_this_machine(home, server, dead_url):
    proxy = dead_url.removesuffix("/api")
    os.environ |= {"http_proxy": proxy, "HTTP_PROXY": proxy, "no_proxy": "intranet"}
    os.environ["PREFECT_API_URL"] = server
    prepare_environment(Workspace.default())()
    assert os.environ["PREFECT_API_URL"] == server
    assert os.environ["no_proxy"] == "intranet,127.0.0.1,localhost,::1"


def test_a_relative_tracking_database_is_absolute_for_every_library(home):
    os.environ["MLFLOW_TRACKING_URI"] = "sqlite:///mlflow.db"
    prepare_environment(Workspace.default(), prefect=False)
    assert os.environ["MLFLOW_TRACKING_URI"] == f"sqlite:///{home}/mlflow.db"


def test_a_tracking_server_that_does_not_answer_is_refused_before_anything_starts(home, dead_url):
    os.environ["MLFLOW_TRACKING_URI"] = dead_url.removesuffix("/api")
    with pytest.raises(ConfigurationError, match="MLFLOW_TRACKING_URI"):
        prepare_environment(Workspace.default())
    assert "PREFECT_API_URL" not in os.environ


def test_a_command_that_needs_a_server_says_what_it_found(home, dead_url):
    with pytest.raises(ConfigurationError, match="received none"):
        require_prefect()
    os.environ["PREFECT_API_URL"] = dead_url
    with pytest.raises(ConfigurationError, match=f"received nothing at {dead_url}"):
        require_prefect()


def test_keras_runs_on_tensorflow_whatever_other_programs_take(home, server):
    os.environ |= {"KERAS_BACKEND": "jax", "PREFECT_API_URL": server}
    prepare_environment(Workspace.default())
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_a_password_that_the_temporary_server_asks_for_is_given(home):
    os.environ["PREFECT_SERVER_API_AUTH_STRING"] = "ann:secret"
    prepare_environment(Workspace.default())
    assert os.environ["PREFECT_API_AUTH_STRING"] == "ann:secret"


def test_a_proxy_that_no_library_here_can_use_is_left_out(home, server):
    os.environ |= {"ALL_PROXY": "socks5://127.0.0.1:9", "PREFECT_API_URL": server}
    prepare_environment(Workspace.default())
    assert "ALL_PROXY" not in os.environ


def test_a_relative_registry_is_absolute_as_well(home):
    os.environ["MLFLOW_REGISTRY_URI"] = "sqlite:///other.db"
    prepare_environment(Workspace.default(), prefect=False)
    assert os.environ["MLFLOW_REGISTRY_URI"] == f"sqlite:///{home}/other.db"


def test_a_registry_that_cannot_be_used_is_refused_before_anything_starts(home):
    os.environ["MLFLOW_REGISTRY_URI"] = "ftp://host/runs"
    with pytest.raises(ConfigurationError, match="MLFLOW_REGISTRY_URI"):
        prepare_environment(Workspace.default(), prefect=False)
