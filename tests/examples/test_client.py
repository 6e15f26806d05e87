"""The example client as somebody runs it, without a server: it says whom it asked."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

CLIENT = Path(__file__).parents[2] / "examples" / "client.py"


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]  # held, and nobody listens


def ask(folder, *arguments, **environment):
    np.save(folder / "images.npy", np.zeros((1, 8, 8, 1), np.uint8))
    return subprocess.run(
        [sys.executable, CLIENT, folder / "images.npy", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_port_is_that_of_serve_model(tmp_path, free_port):
    done = ask(tmp_path, SERVE_PORT=str(free_port))
    assert done.returncode == 1
    assert f"http://127.0.0.1:{free_port} does not answer" in done.stderr


def test_an_address_that_is_given_comes_first(tmp_path, free_port):
    done = ask(tmp_path, "--url", f"http://127.0.0.1:{free_port}", SERVE_PORT="1")
    assert f"http://127.0.0.1:{free_port} does not answer" in done.stderr
