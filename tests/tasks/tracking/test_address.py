import socket
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ripieno.errors import ConfigurationError
from tasks.tracking.address import check_tracking_uri


class NotMlflow(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_error(404)

    def log_message(self, *args):
        """Keep quiet."""


@pytest.fixture
def other_server():
    with HTTPServer(("127.0.0.1", 0), NotMlflow) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def problem_of(uri):
    with pytest.raises(ConfigurationError) as caught:
        check_tracking_uri(uri)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_database_that_is_there_or_can_be_made_is_fine(tmp_path):
    check_tracking_uri(f"sqlite:///{tmp_path}/new/folder/mlflow.db")
    with closing(sqlite3.connect(tmp_path / "there.db")) as database:
        database.execute("CREATE TABLE runs (id)")
    check_tracking_uri(f"sqlite:///{tmp_path}/there.db")


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("no database at all, but longer than its header")
    assert "not a database" in problem_of(f"sqlite:///{tmp_path}/notes.txt")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    assert "expected" in problem_of(f"sqlite:///{tmp_path}/file/mlflow.db")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="Linux's folder that takes no files")
def test_a_folder_that_takes_no_new_file_is_refused():
    assert "expected" in problem_of("sqlite:////proc/mlflow.db")


def test_a_server_that_is_gone_is_refused(dead_port):
    assert "nothing answers there" in problem_of(f"http://127.0.0.1:{dead_port}")


def test_a_server_that_takes_calls_and_never_answers_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "answer" in problem_of(f"http://127.0.0.1:{port}")


def test_another_server_is_refused(other_server):
    assert "no MLflow server" in problem_of(other_server)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("ftp://host/runs", "knows no scheme 'ftp'"),
        ("./mlruns", "records runs in no folder"),
        ("file:///tmp/mlruns", "records runs in no folder"),
        ("sqlite://", "names no file"),
        ("http://", "names no host"),
        ("mysql+pymysql://ann:secret@host/runs", "driver is not installed (pymysql)"),
    ],
)
def test_what_mlflow_cannot_use_is_refused_with_the_reason(uri, words):
    message = problem_of(uri)
    assert words in message
    assert "secret" not in message


def test_a_service_without_credentials_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))  # where credentials might be
    # On a busy machine its client is not even imported within the time that there is.
    reasons = ("no credentials for it", "no answer within")
    assert any(reason in problem_of("databricks") for reason in reasons)
