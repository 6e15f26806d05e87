"""Whether MLflow's tracking store can be used, found out before anything is trained."""

import logging
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

from ripieno.display import without_password
from ripieno.errors import ConfigurationError

SERVERS = ("http", "https")
DATABASES = ("postgresql", "mysql", "mssql")
ELSEWHERE = ("databricks", "databricks-uc", "uc")
"""Schemes whose addresses only MLflow can resolve."""
SECONDS = 8.0
REQUEST = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "6", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
REASONS = {
    "Connection refused": "nothing answers there",
    "Name or service not known": "there is no such host",
    "Name resolution": "there is no such host",
    "timed out": "nothing answers there",
    "error code 404": "what answers there is no MLflow server",
    "error code 401": "it wants MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token",
    "error code 403": "it does not let this user in",
    "databricks credential": "no credentials for it: set DATABRICKS_HOST and DATABRICKS_TOKEN",
}
"""What libraries say at length, by a part of it."""
EXPECTED = "expected http://HOST:PORT, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


def check_tracking_uri(uri: str, name: str = "MLFLOW_TRACKING_URI") -> None:
    """Refuse a tracking store that cannot be used, within ten seconds.

    Args:
        uri: Absolute, as `Workspace.tracking_uri` makes it.
        name: The environment variable that asks for it.

    Raises:
        ConfigurationError: In one line, which shows no password.
    """
    scheme, _, rest = uri.partition(":")
    kind = scheme.partition("+")[0]
    plugins = [plugin.name for plugin in entry_points(group="mlflow.tracking_store")]
    problem: str | None
    if kind == "sqlite":
        problem = sqlite_problem(uri)
    elif kind in DATABASES:
        problem = answer_of(lambda: connect_database(uri))
    elif kind in SERVERS:
        problem = answer_of(lambda: ask_server(uri)) if rest.strip("/") else "it names no host"
    elif kind in (*ELSEWHERE, *plugins):
        problem = answer_of(lambda: ask_server(uri))
    elif kind == "file" or ":" not in uri:
        problem = "MLflow 3 records runs in no folder. Use a file: sqlite:///mlflow.db"
    else:
        problem = f"MLflow knows no scheme {scheme!r}"
    if problem:
        raise ConfigurationError(f"{name}: {EXPECTED}, received {uri}: {problem}.")


def sqlite_problem(uri: str) -> str | None:
    """Why a SQLite file cannot be the store; a folder that is missing above it is made."""
    file = sqlite_file(uri)
    if file is None:
        return "it names no file, so that every process would have a store of its own"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size:
            with closing(sqlite3.connect(file)) as database:
                database.execute("PRAGMA schema_version")
        if file.exists():
            return None if os.access(file, os.W_OK) else "it may not be written"
        with tempfile.TemporaryFile(dir=file.parent):  # permissions alone do not tell
            return None
    except (OSError, sqlite3.Error) as error:
        return str(error)


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite URL, None for a database in memory or of another kind."""
    if not uri.startswith("sqlite"):
        return None
    path = uri.partition(":///")[2].partition("?")[0]
    return Path(path) if path and path != ":memory:" else None


def connect_database(uri: str) -> None:
    """Connect to a database, as MLflow does."""
    from sqlalchemy import create_engine

    engine = create_engine(uri)
    engine.connect().close()
    engine.dispose()


def ask_server(uri: str) -> None:
    """Ask MLflow's server for an experiment."""
    from mlflow import MlflowClient

    before = {name: os.environ.get(name) for name in REQUEST}
    os.environ.update(REQUEST)
    warnings = logging.getLogger("mlflow.utils")  # it says at length what the error says again
    level = warnings.level
    warnings.setLevel(logging.ERROR)
    try:
        MlflowClient(tracking_uri=uri).search_experiments(max_results=1)
    finally:
        warnings.setLevel(level)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def answer_of(ask: Callable[[], None]) -> str | None:
    """Why a question got no answer in time, None where it did."""
    problems: list[str] = []

    def run() -> None:
        try:
            ask()
        except ModuleNotFoundError as error:
            problems.append(f"its driver is not installed ({error.name})")
        except Exception as error:  # whatever a driver or a server's reply raises
            problems.append(reason_of(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if thread.is_alive():
        return f"no answer within {SECONDS:.0f} seconds"
    return problems[0] if problems else None


def reason_of(error: BaseException) -> str:
    """The innermost cause of an error, in one line without passwords."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())
    for sign, reason in REASONS.items():
        if sign.lower() in text.lower():
            return reason
    return without_password(text)[:200].rstrip(".")
