"""A real supervisor over tiny programs of our own."""

import os
import sys
import time

import psutil
import pytest

from tasks.services.processes import (
    command_of,
    differs,
    other_directories,
    processes_of,
    stop,
    supervisor_of,
)
from tasks.services.programs import MARK, Program
from tasks.services.supervision import describe, escaped, given_up, last_words, start

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


def until(question, seconds=200):
    deadline = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


@pytest.fixture
def directory(tmp_path):
    folder = tmp_path / "of ours"
    folder.mkdir()
    yield folder
    stop(folder)


def begin(directory, *programs):
    home = {"PREFECT_HOME": str(directory / "home")}
    start(directory, programs, os.environ | home | {MARK: str(directory)})


def sleepers(directory):
    return [p for p in processes_of(directory) if command_of(p)[1:] == list(SLEEP[1:])]


def test_a_program_that_is_killed_is_started_again(directory):
    begin(directory, Program("sleeper", SLEEP))
    (first,) = until(lambda: sleepers(directory))
    first.kill()
    again = until(lambda: [p for p in sleepers(directory) if p.pid != first.pid])
    assert len(again) == 1


def test_stopping_ends_all_of_it_and_nothing_else(directory):
    bystander = psutil.Popen(SLEEP)
    begin(directory, Program("sleeper", SLEEP))
    until(lambda: sleepers(directory))
    assert stop(directory) == 2
    assert processes_of(directory) == []
    assert bystander.is_running()
    bystander.kill()
    bystander.wait()


def test_what_a_killed_supervisor_leaves_is_found_and_stopped(directory):
    begin(directory, Program("sleeper", SLEEP))
    until(lambda: sleepers(directory))
    supervisor = supervisor_of(directory)
    supervisor.kill()
    supervisor.wait()
    assert supervisor_of(directory) is None
    assert len(sleepers(directory)) == 1
    stop(directory)
    assert processes_of(directory) == []


def test_stopping_nothing_is_harmless(directory):
    assert stop(directory) == 0


def test_a_program_that_ends_at_once_is_given_up_with_its_last_words(directory):
    words = (sys.executable, "-c", "print('no such database'); raise SystemExit(1)")
    begin(directory, Program("broken", words, retries=0))
    assert until(lambda: given_up(directory)) == ["broken"]
    assert "no such database" in last_words(directory, "broken")


def test_other_settings_are_noticed(directory):
    begin(directory, Program("sleeper", SLEEP))
    supervisor = until(lambda: supervisor_of(directory))
    assert not differs(supervisor, {MARK: str(directory)})
    assert differs(supervisor, {MARK: str(directory), "PREFECT_PORT": "1"})


def test_it_listens_nowhere(directory):
    text = describe(directory, (Program("sleeper", SLEEP),))
    assert "http_server" not in text


def test_a_percent_sign_is_no_placeholder():
    assert escaped("100%") == "100%%"


def test_services_of_another_folder_are_found(directory, tmp_path):
    begin(directory, Program("sleeper", SLEEP))
    until(lambda: supervisor_of(directory))
    assert directory in other_directories(tmp_path / "elsewhere")
    assert directory not in other_directories(directory)
