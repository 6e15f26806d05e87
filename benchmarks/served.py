"""MLflow's own server of a model, on this machine, and requests to it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 180.0


@contextmanager
def served(model_uri: str, tracking_uri: str) -> Iterator[int]:
    """Serve a model for as long as the context lasts; yields its port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model_uri]
    command += ["--env-manager", "local", "--host", HOST, "--port", str(port)]
    process = subprocess.Popen(
        command,
        env=os.environ | {"MLFLOW_TRACKING_URI": tracking_uri, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def requests_per_second(port: int, body: bytes, n_requests: int, n_clients: int) -> float:
    """Requests that so many clients get answered, each over one connection."""

    def client(n: int) -> None:
        connection = http.client.HTTPConnection(HOST, port)
        for _ in range(n):
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/invocations", body, headers)
            reply = connection.getresponse()
            reply.read()
            if reply.status != 200:
                raise RuntimeError(f"expected HTTP 200, received {reply.status}")
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(n_clients) as clients:
        list(clients.map(client, [n_requests // n_clients] * n_clients))
    return n_requests / (time.perf_counter() - started)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection(HOST, port)
        try:
            connection.request("GET", "/ping")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
        finally:
            connection.close()
    raise RuntimeError(f"the server on port {port} does not answer")
