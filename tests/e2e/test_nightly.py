"""A schedule in real life: real servers, a real worker, both dashboards in a real browser."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from conf.services import service_settings
from tasks.links import experiment_page
from tasks.services.credentials import authorization, known_credentials

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

ROOT = Path(__file__).parents[2]
MEMBERS = ("separable_convnet", "dense_batchnorm", "forest")
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
]
PATIENCE = 120_000
"""Milliseconds that a page may take to show something on a busy machine."""


@dataclass(frozen=True)
class Night:
    """Services that are up, and how to speak to them."""

    environment: dict[str, str]

    @property
    def settings(self):
        return service_settings(self.environment)

    def ripieno(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "flows", *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=700,
            check=False,
        )

    def flow_runs(self):
        return self.ask_prefect("flow_runs/filter", {})

    def ask_prefect(self, path, body=None):
        known = authorization(known_credentials(self.settings.directory))
        return ask(f"{self.settings.prefect_url}/api/{path}", body, known)

    def mlflow_runs(self):
        experiments = {"experiment_ids": ["1"], "max_results": 100}
        url = f"{self.settings.mlflow_url}/api/2.0/mlflow/runs/search"
        return ask(url, experiments).get("runs", [])


def ask(url, body=None, headers=()):
    """What a server answers, by POST where there is a body."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | dict(headers)
    request = urllib.request.Request(url, content, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def free_ports(n_ports):
    sockets = [socket.socket() for _ in range(n_ports)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    prefect, mlflow = free_ports(2)
    night = Night(
        {
            "RIPIENO_WORKSPACE": str(folder),
            "PREFECT_PORT": prefect,
            "MLFLOW_PORT": mlflow,
            "PREFECT_HOME": str(folder / "home"),
        }
    )
    try:
        up = night.ripieno("up")
        assert up.returncode == 0, up.stderr
        assert "No schedules" in up.stdout
        yield night
    finally:
        night.ripieno("down")


@pytest.fixture(scope="module")
def finished(night):
    """The first run that the schedule started, once it has ended."""
    scheduled = night.ripieno("schedule", "--conf", "smoke", "--cron", "* * * * *")
    assert scheduled.returncode == 0, scheduled.stderr
    for _ in range(300):
        ended = [run for run in night.flow_runs() if run["state_type"] in ("COMPLETED", "FAILED")]
        if ended:
            assert night.ripieno("pause", "--conf", "smoke").returncode == 0
            return ended[0]
        time.sleep(2)
    pytest.fail(f"no run has ended: {night.flow_runs()}")


@pytest.fixture(scope="module")
def page(night):
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        page.set_default_timeout(PATIENCE)
        page.goto(night.settings.prefect_url)
        page.locator("input[type=password]").fill(known_credentials(night.settings.directory))
        page.get_by_role("button", name="Login").click()
        shows(page, "Flow Runs")
        yield page
        browser.close()


def shows(page, text):
    page.get_by_text(text).first.wait_for()


def test_the_scheduled_run_lands_in_both_systems_under_one_name(night, finished):
    assert finished["state_type"] == "COMPLETED"
    assert finished["auto_scheduled"]
    parents = [run for run in night.mlflow_runs() if run["info"]["run_name"] == finished["name"]]
    tags = {tag["key"]: tag["value"] for tag in parents[0]["data"]["tags"]}
    assert tags["prefect.flow_run_id"] == finished["id"]
    assert tags["prefect.flow_run_url"].startswith(night.settings.prefect_url)


def test_prefect_shows_the_run_and_its_task_graph(night, finished, page):
    page.goto(f"{night.settings.prefect_url}/runs/flow-run/{finished['id']}")
    shows(page, finished["name"])
    page.locator("canvas").first.wait_for()
    page.get_by_text("Task Runs", exact=True).click()
    for task in ("prepare-data", *MEMBERS, "ensemble", "publish-report"):
        shows(page, task)


def test_prefect_shows_the_leaderboard_and_the_way_to_mlflow(night, finished, page):
    page.goto(f"{night.settings.prefect_url}/runs/flow-run/{finished['id']}")
    page.get_by_text("Artifacts", exact=True).click()
    link = page.get_by_role("link", name=re.compile("in MLflow")).first
    link.wait_for()
    assert link.get_attribute("href").startswith(night.settings.mlflow_url)
    page.get_by_text("leaderboard", exact=True).first.click()
    for name in (*MEMBERS, "ensemble"):
        shows(page, name)


def test_mlflow_compares_the_members_with_the_ensemble(night, finished, page):
    wanted = {"artifacts": {"key": {"any_": ["mlflow-compare"]}}}
    artifacts = night.ask_prefect("artifacts/filter", wanted)
    (address,) = {re.search(r"\((http.*)\)", each["data"])[1] for each in artifacts[:1]}
    page.goto(address)
    for name in (*MEMBERS, "ensemble"):
        shows(page, name)
    shows(page, "test_log_loss")


def test_mlflow_opens_the_experiment_with_its_scores_in_columns(night, finished, page):
    page.goto(f"{night.settings.mlflow_url}/{experiment_page('1')}")
    for text in (finished["name"], "test_log_loss", "train_seconds", "by ripieno"):
        shows(page, text)


def test_the_form_offers_the_configurations_and_every_field(night, page):
    deployment = night.ask_prefect("deployments/name/train-ensemble/train")
    page.goto(f"{night.settings.prefect_url}/deployments/deployment/{deployment['id']}/run")
    shows(page, "Comes with ripieno")
    page.get_by_text("Configuration", exact=True).first.click()
    shows(page, "Share of the images in (0, 1) to choose on.")
    page.get_by_text("smoke", exact=True).first.click()
    shows(page, "ExtraTreesClassifier")


PLANT = """
<script>
const body = JSON.stringify({name: "planted"});
const tries = [];
for (const type of ["application/json", "text/plain"])
  for (const mode of ["cors", "no-cors"])
    for (const url of [PREFECT + "/api/flows/", MLFLOW + "/api/2.0/mlflow/experiments/create"])
      tries.push(fetch(url, {method: "POST", mode, body, headers: {"Content-Type": type}}));
Promise.allSettled(tries).then(() => { document.title = "tried"; });
</script>
"""


def test_a_page_of_another_origin_changes_nothing(night, page, tmp_path):
    known = {"PREFECT": night.settings.prefect_url, "MLFLOW": night.settings.mlflow_url}
    text = PLANT
    for name, url in known.items():
        text = text.replace(name, json.dumps(url))
    (tmp_path / "evil.html").write_text(text)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page.goto(f"http://evil.example:{server.server_port}/evil.html")
        page.wait_for_function("document.title == 'tried'")
        server.shutdown()
        thread.join()
    assert "planted" not in str(night.ask_prefect("flows/filter", {}))
    url = f"{night.settings.mlflow_url}/api/2.0/mlflow/experiments/search"
    assert "planted" not in str(ask(url, {"max_results": 100}))


def test_up_again_is_harmless_and_keeps_what_is_scheduled(night, finished):
    again = night.ripieno("up")
    assert again.returncode == 0, again.stderr
    assert "Already up." in again.stdout
    assert "1 schedule, 0 active:" in again.stdout
    assert "train smoke (paused)" in again.stdout
    assert night.ripieno("resume").returncode == 0
    status = night.ripieno("status")
    assert status.returncode == 0
    assert re.search(r"train smoke \(next \d{4}-\d\d-\d\d \d\d:\d\d UTC\)", status.stdout)
    assert night.ripieno("pause").returncode == 0


def test_a_taken_port_is_one_line_and_starts_nothing(night, tmp_path):
    other = Night(night.environment | {"RIPIENO_WORKSPACE": str(tmp_path)})
    done = other.ripieno("up")
    assert done.returncode == 2
    assert f"Port {night.environment['PREFECT_PORT']} is in use" in done.stderr
    down = other.ripieno("down").stdout
    assert f"Nothing runs in {tmp_path}." in down
    assert f"RIPIENO_WORKSPACE={night.environment['RIPIENO_WORKSPACE']}" in down
