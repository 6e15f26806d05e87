"""What runs: three programs and the environment they run in."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from conf.services import ServiceSettings, is_loopback
from conf.workspace import sqlite_url
from ripieno.data.paths import resolve_path
from ripieno.errors import ConfigurationError
from tasks.services.credentials import CLIENT, SERVER, credentials

MARK = "RIPIENO_SERVICES"
"""In the environment of every process of ours: the directory of the services it belongs to."""
POOL = "ripieno"
GUARDED = "tasks.services.guarded"
PREFECT = "tasks.services.prefect_app"
MLFLOW_DRIVERS = {"postgresql": "postgresql+psycopg"}


@dataclass(frozen=True)
class Program:
    """One program that is kept running.

    Attributes:
        name: What it is called in logs and on the terminal.
        arguments: Its command line.
        retries: How often it is started again if it ends at once, before it is given up.
    """

    name: str
    arguments: tuple[str, ...]
    retries: int = 3


def programs(settings: ServiceSettings) -> tuple[Program, ...]:
    """The servers, then the worker: in the order to start, and backwards the order to stop."""
    python = (sys.executable, "-m")
    at = ("--host", settings.host, "--port", str(settings.mlflow_port))
    asking = () if is_loopback(settings.host) else ("--app-name", "basic-auth")
    return (
        Program("prefect", (*python, PREFECT, settings.host, str(settings.prefect_port))),
        Program("mlflow", (*python, GUARDED, "mlflow", "server", "--workers", "1", *at, *asking)),
        # It waits for the server itself, however long that is away.
        Program("worker", (*python, "tasks.services.worker"), retries=1000),
    )


def environment(
    own: Mapping[str, str], inherited: Mapping[str, str], defaults: Mapping[str, str]
) -> dict[str, str]:
    """The programs' environment: our settings, then what the user has set, then defaults."""
    return {**defaults, **DEFAULTS, **inherited, **own}


def own_environment(settings: ServiceSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """What our settings say to the programs; passwords stay out of command lines.

    Raises:
        ConfigurationError: If the password of the Prefect server cannot be kept.
    """
    workspace = settings.workspace
    password = credentials(workspace.services, inherited)
    # Expanded: a literal ~ would be a folder of that name.
    home = inherited.get("PREFECT_HOME")
    prefect_home = resolve_path(home) if home else workspace.prefect_home
    made = {
        MARK: str(workspace.services),
        "RIPIENO_WORKSPACE": str(workspace),
        "PYTHONUNBUFFERED": "1",
        # A folder `flows` or `tasks` where `up` is typed is not ours.
        "PYTHONSAFEPATH": "1",
        "PREFECT_HOME": str(prefect_home),
        "PREFECT_API_URL": f"{settings.prefect_url}/api",
        "PREFECT_SERVER_API_HOST": settings.host,
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        SERVER: password,
        CLIENT: password,
        # By default any page of the web may ask.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": settings.prefect_origins,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": with_driver(
            settings.prefect_database or sqlite_url(prefect_home / "prefect.db"),
            {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"},
        ),
        # In memory, a server that is killed would forget who holds a slot, and never free it.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        "MLFLOW_TRACKING_URI": settings.mlflow_url,
        "MLFLOW_BACKEND_STORE_URI": with_driver(
            settings.mlflow_database or sqlite_url(workspace.database),
            MLFLOW_DRIVERS,
        ),
        # A folder rather than the server's own scheme: runs that had no server can be read as well.
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": (settings.mlflow_artifacts or workspace.artifacts.as_uri()),
    }
    return made if is_loopback(settings.host) else made | mlflow_password(settings, password)


def mlflow_password(settings: ServiceSettings, password: str) -> dict[str, str]:
    """Have MLflow's server ask for the password of Prefect's, and its clients give it.

    On loopback its own guard on hosts and origins is enough; others that reach the port are asked.

    Raises:
        ConfigurationError: If the library that MLflow needs for it is not installed.
    """
    if find_spec("flask_wtf") is None:
        raise ConfigurationError(
            f"RIPIENO_HOST: expected 127.0.0.1, received {settings.host}: others would reach "
            "MLflow's server, which asks for a password only where Flask-WTF is installed: "
            ".venv/bin/uv pip install --python .venv/bin/python 'Flask-WTF<2'."
        )
    user, _, secret = password.partition(":")
    rules = settings.directory / "mlflow-auth.ini"
    rules.write_text(
        "[mlflow]\n"
        "default_permission = NO_PERMISSIONS\n"
        f"database_uri = {sqlite_url(settings.directory / 'mlflow-users.db')}\n"
        f"admin_username = {user}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(rules),
        "MLFLOW_AUTH_ADMIN_PASSWORD": secret,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": sha256(password.encode()).hexdigest(),
        "MLFLOW_TRACKING_USERNAME": user,
        "MLFLOW_TRACKING_PASSWORD": secret,
    }


def with_driver(url: str, drivers: Mapping[str, str]) -> str:
    """A database's URL with the driver that the server needs, unless it names one.

    Example:
        >>> with_driver("postgresql://localhost/runs", {"postgresql": "postgresql+psycopg"})
        'postgresql+psycopg://localhost/runs'
    """
    scheme, separator, rest = url.partition("://")
    return f"{drivers.get(scheme, scheme)}{separator}{rest}"


def log_of(directory: Path, name: str) -> Path:
    """The file that a program writes to."""
    return directory / f"{name}.log"


DEFAULTS = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # nine processes become two
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO",  # the worker's log is the terminal here
    "PREFECT_WORKER_QUERY_SECONDS": "5",
    # Longer than a server takes that is started again: a run outlives the restart.
    "PREFECT_CLIENT_MAX_RETRIES": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "7",
}
