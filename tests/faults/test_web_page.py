"""A page of the web, open in a browser on this machine, against a real Prefect server of ours."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conf.services import service_settings
from tasks.services.credentials import FILE, authorization, credentials, known_credentials
from tasks.services.health import prefect_is_healthy
from tasks.services.programs import own_environment, programs

EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server as `ripieno up` starts it, and its password."""
    folder = tmp_path_factory.mktemp("services")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = service_settings({"RIPIENO_WORKSPACE": str(folder), "PREFECT_PORT": str(port)})
    environment = os.environ | own_environment(settings, {})
    program = programs(settings)[0]
    log = folder / "prefect.log"
    with log.open("w") as file:
        process = subprocess.Popen(program.arguments, env=environment, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 240
        while not prefect_is_healthy(f"{settings.prefect_url}/api"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield settings.prefect_url, known_credentials(settings.directory)
    finally:
        process.terminate()
        process.wait(60)


def answer(url, method="POST", body=b'{"name": "planted"}', **headers):
    """Status and headers of a request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


@pytest.mark.parametrize("content", ["application/json", "text/plain"])
def test_a_page_without_the_password_makes_no_flow(server, content):
    url, _ = server
    assert answer(f"{url}/api/flows/", Origin=EVIL, Content_Type=content)[0] == 401


def test_a_page_of_elsewhere_may_not_even_ask(server):
    url, _ = server
    preflight = {"Access_Control_Request_Method": "POST", "method": "OPTIONS", "body": None}
    status, headers = answer(f"{url}/api/flows/", Origin=EVIL, **preflight)
    assert status == 400
    assert "Access-Control-Allow-Origin" not in headers
    own = url.replace("127.0.0.1", "localhost")
    assert answer(f"{url}/api/flows/", Origin=own, **preflight)[0] == 200


def test_a_name_that_leads_to_this_machine_is_not_the_server_s(server):
    url, password = server
    known = authorization(password)
    assert answer(f"{url}/api/flows/", Host="evil.example", **known)[0] == 400
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(url, headers={"Host": "evil.example"}))


def test_who_knows_the_password_may(server):
    url, password = server
    known = authorization(password) | {"Content_Type": "application/json"}
    assert answer(f"{url}/api/flows/", body=json.dumps({"name": "mine"}).encode(), **known)[0] < 300


def test_the_password_is_for_the_owner_s_eyes(tmp_path):
    made = credentials(tmp_path / "services", {})
    assert (tmp_path / "services" / FILE).stat().st_mode & 0o777 == 0o600
    assert credentials(tmp_path / "services", {}) == made  # once a workspace
    assert len(made) > 30
    assert credentials(tmp_path / "services", {"PREFECT_SERVER_API_AUTH_STRING": "a:b"}) == "a:b"
