"""A client of a tracking store; the records of a workspace that was copied or moved follow it.

MLflow writes absolute addresses of artifacts into its database. Those in a copy's database lead to
the original: new runs would write there, and old ones could not be read without it.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from alembic.util import CommandError
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from ripieno.errors import ConfigurationError
from tasks.tracking.address import reason_of, sqlite_file

logger = logging.getLogger("ripieno.tracking")

ARTIFACTS = "mlartifacts"
"""The folder of artifacts, beside the database."""
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)
BUSY_SECONDS = 60.0


def open_client(uri: str) -> MlflowClient:
    """Connect, creating the store where it does not exist.

    Args:
        uri: Tracking URI: `sqlite:///...`, `postgresql://...` or `http://...`.

    Raises:
        ConfigurationError: If the store does not answer, or is another version's.
    """
    with one_line_errors(uri):
        client = MlflowClient(tracking_uri=uri)
        if database := database_of(uri):
            write_ahead(database)
            bring_along(database)
    return client


@contextmanager
def one_line_errors(uri: str) -> Iterator[None]:
    """Turn what a tracking store that cannot be used raises into one line.

    Raises:
        ConfigurationError: If it does not answer, or is another version's.
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, CommandError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"MLflow's tracking store {uri} cannot be used: {reason_of(error)}."
        ) from error


def database_of(uri: str) -> Path | None:
    """The SQLite file of a tracking URI, None where it is another kind or does not exist."""
    file = sqlite_file(uri)
    return file.absolute() if file and file.is_file() else None


def write_ahead(database: Path) -> None:
    """Have SQLite write ahead: a commit takes a sixth of the time, and readers wait for nobody."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def bring_along(database: Path) -> None:
    """Have the records of a copied or moved workspace lead to the artifacts that came with it.

    Addresses below another folder of artifacts are those of the original, where one of its
    experiments has a folder here too. All others, such as of a folder that was asked for, stay.
    """
    here = database.parent / ARTIFACTS
    if not here.is_dir():
        return
    with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection:
        for there in set(_originals(connection, here)):
            with connection:
                for table, column in ADDRESSES:
                    new = here.as_uri() if "://" in there else str(here)
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?)"  # noqa: S608  names of ours
                        f" WHERE substr({column}, 1, ?) = ?",
                        (new, len(there) + 1, len(there) + 1, f"{there}/"),
                    )
            logger.warning("This workspace was copied or moved: its runs led to %s", there)


def _originals(connection: sqlite3.Connection, here: Path) -> Iterator[str]:
    """Addresses of folders of artifacts that this database's experiments had elsewhere."""
    for (address,) in connection.execute("SELECT artifact_location FROM experiments"):
        parent, _, name = (address or "").rpartition("/")
        parts = urlsplit(parent)
        folder = Path(unquote(parts.path) if parts.scheme else parent)
        elsewhere = folder.name == ARTIFACTS and folder.resolve() != here.resolve()
        if parts.scheme in ("", "file") and elsewhere and (here / unquote(name)).is_dir():
            yield parent
