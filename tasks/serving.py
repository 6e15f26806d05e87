"""The command that serves a registered model on this machine, by MLflow's own server."""

import logging
import os
import socket
import sys
from pathlib import Path

from conf.schema import Configuration
from ripieno.errors import ConfigurationError, PublicationError
from tasks.runs import model_name
from tasks.tracking import Registry, Version, open_registry

logger = logging.getLogger("ripieno.serving")

HOST = "127.0.0.1"


def serve(configuration: Configuration, alias: str, port: int) -> None:
    """Become MLflow's server of a registered model; does not return.

    Args:
        configuration: Names the registered model and the workspace.
        alias: `champion` or `challenger`.
        port: Of this machine's loopback address.

    Raises:
        ConfigurationError: If the port is taken: MLflow's server would say so and exit with 0.
        PublicationError: If no version has the alias.
    """
    uri = configuration.workspace.tracking_uri
    version = require_version(open_registry(uri, model_name(configuration)), alias)
    check_port(port)
    address = f"http://{HOST}:{port}"
    logger.info("Serving %s version %s (%s) on %s", version.name, version.number, alias, address)
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", version.uri]
    command += ["--env-manager", "local", "--host", HOST, "--port", str(port)]
    # MLflow starts `uvicorn` by its bare name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "PATH": path}
    os.execve(command[0], command, environment)  # noqa: S606  no shell wanted


def require_version(registry: Registry, alias: str) -> Version:
    """The version of an alias.

    Raises:
        PublicationError: If there is none.
    """
    version = registry.alias(alias)
    if version is None:
        raise PublicationError(
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
