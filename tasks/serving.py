"""The command that serves a registered model on this machine, by MLflow's own server."""

import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from conf.schema import Configuration
from ripieno.errors import ConfigurationError
from ripieno.runtime.guard import guarded_children
from ripieno.runtime.progress_line import now_doing, pause_progress_line
from tasks.runs import model_name
from tasks.services.health import is_healthy
from tasks.tracking import Registry, Version, open_registry

logger = logging.getLogger("ripieno.serving")

HOST = "127.0.0.1"
LOOK_SECONDS = 0.5


def serve(configuration: Configuration, alias: str, port: int) -> int:
    """Run MLflow's server of a registered model until it ends, and tell when it answers.

    Args:
        configuration: Names the registered model and the workspace.
        alias: `champion` or `challenger`.
        port: Of this machine's loopback address.

    Returns:
        The server's exit code.

    Raises:
        ConfigurationError: If no version has the alias, or the port is taken: MLflow's server would
            say so and exit with 0.
    """
    uri = configuration.workspace.tracking_uri
    version = require_version(open_registry(uri, model_name(configuration)), alias)
    check_port(port)
    address = f"http://{HOST}:{port}"
    title = f"{version.name} version {version.number} ({alias})"
    now_doing(f"Starting MLflow's server of {title}")
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", version.uri]
    command += ["--env-manager", "local", "--host", HOST, "--port", str(port)]
    # MLflow starts `uvicorn` by its bare name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "PATH": path}
    with guarded_children(), subprocess.Popen(command, env=environment) as server:  # noqa: S603  no shell
        try:
            while server.poll() is None and not is_healthy(f"{address}/ping"):
                time.sleep(LOOK_SECONDS)
            with pause_progress_line():
                if server.poll() is None:
                    logger.info("Serving %s on %s", title, address)
                return server.wait()
        finally:
            server.terminate()


def require_version(registry: Registry, alias: str) -> Version:
    """The version of an alias.

    Raises:
        ConfigurationError: If there is none.
    """
    version = registry.alias(alias)
    if version is None:
        raise ConfigurationError(
            f"The registered model {registry.name!r} has no {alias}. Publish one: `ripieno train`"
            " with publish.enabled: true."
        )
    return version


def check_port(port: int) -> None:
    """Refuse a port that cannot be listened on.

    Raises:
        ConfigurationError: If it is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"port: expected a free port of {HOST}, received {port} ({error}). Choose another."
            ) from error
