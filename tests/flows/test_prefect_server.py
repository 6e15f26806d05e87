import subprocess
import sys
import textwrap

import psutil
import pytest

START = """
    import os, sys
    from pathlib import Path
    from conf.workspace import Workspace
    from flows.prefect_server import TemporaryServer
    server = TemporaryServer(Workspace(Path(sys.argv[1])))
    print(server.url, flush=True)
    if len(sys.argv) > 2:
        os.kill(os.getpid(), int(sys.argv[2]))
    server.wait()
    print("answers", flush=True)
"""


@pytest.fixture
def start(tmp_path):
    """Runs a process that starts a temporary server, and waits for its end."""

    def run(*arguments):
        command = [sys.executable, "-c", textwrap.dedent(START), tmp_path / "ein Ördner"]
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=280, check=False
        )

    return run


def servers_of(tmp_path):
    """Processes whose working directory is below a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(tmp_path)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_it_answers_keeps_its_database_in_the_workspace_and_ends_with_its_process(start, tmp_path):
    done = start()
    assert done.stdout.endswith("answers\n"), done.stderr
    home = tmp_path / "ein Ördner" / "services" / "prefect"
    assert (home / "prefect.db").stat().st_size > 0
    psutil.wait_procs(servers_of(tmp_path), timeout=100)
    assert servers_of(tmp_path) == []


def test_it_ends_with_a_process_that_is_killed(start, tmp_path):
    start("9")
    psutil.wait_procs(servers_of(tmp_path), timeout=100)
    assert servers_of(tmp_path) == []


def test_one_that_does_not_start_shows_its_last_lines(start, tmp_path):
    home = tmp_path / "ein Ördner" / "services" / "prefect"
    home.mkdir(parents=True)
    (home / "prefect.db").write_text("no database at all, but longer than its header")
    done = start()
    last = done.stderr[done.stderr.index("Prefect's temporary server ended with exit code") :]
    assert "file is not a database" in last
    assert "answers" not in done.stdout
