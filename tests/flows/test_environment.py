import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flows.environment import answers, prepare_environment


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *args):
        """Keep quiet."""


@pytest.fixture(autouse=True)
def environment():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


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


def test_a_closed_port_does_not_answer(dead_url):
    assert not answers(dead_url)


@pytest.mark.parametrize("url", ["", "file:///etc/hostname", "not a url"])
def test_what_is_no_address_does_not_answer(url):
    assert not answers(url)


def test_a_prefect_server_that_does_not_answer_is_dropped(monkeypatch, dead_url):
    monkeypatch.setenv("PREFECT_API_URL", dead_url)
    prepare_environment()

    assert "PREFECT_API_URL" not in os.environ


def test_what_the_user_set_stays(monkeypatch, server):

    monkeypatch.setenv("PREFECT_API_URL", server)
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "DEBUG")
    prepare_environment()
    assert os.environ["PREFECT_API_URL"] == server
    assert os.environ["MLFLOW_LOGGING_LEVEL"] == "DEBUG"
