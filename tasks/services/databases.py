"""Whether the databases can be reached, before a server keeps trying for minutes."""

import socket
from importlib.util import find_spec
from urllib.parse import urlsplit

from conf.services import ServiceSettings

POSTGRES_PORT = 5432
SECONDS = 5.0


def database_problems(settings: ServiceSettings) -> list[str]:
    """One line for each PostgreSQL that does not answer, and for a missing driver."""
    named = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": settings.prefect_database,
        "MLFLOW_BACKEND_STORE_URI": settings.mlflow_database,
    }
    urls = {name: url for name, url in named.items() if url and url.startswith("postgresql")}
    problems = [line for name, url in urls.items() if (line := unreachable(name, url))]
    if "MLFLOW_BACKEND_STORE_URI" in urls and find_spec("psycopg") is None:
        problems.append("MLflow needs a driver for PostgreSQL: install 'psycopg[binary]'.")
    return problems


def unreachable(name: str, url: str) -> str | None:
    """Why nobody takes the call, or None; the URL's password is never shown."""
    parts = urlsplit(url)
    if parts.hostname is None or parts.hostname.startswith("/"):
        return None  # a socket file, or settings after the question mark
    host, port = parts.hostname, parts.port or POSTGRES_PORT
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        return f"No database answers at {host}:{port} ({name}): {error.strerror or error}."
    return None
