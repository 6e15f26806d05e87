"""A client of a tracking store; the records of a workspace that was copied or moved follow it.

MLflow writes absolute addresses of artifacts into its database. Those in a copy's database lead to
the original: new runs would write there, and old ones could not be read without it.
"""

import fcntl
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from alembic.util import CommandError
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.exc import SQLAlchemyError

from conf.workspace import sqlite_url
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
        if file := sqlite_file(uri):
            make_whole(file.absolute())
        client = MlflowClient(tracking_uri=uri)
        if database := database_of(uri):
            write_ahead(database)
            bring_along(database)
    return client


def make_whole(database: Path) -> None:
    """Make MLflow's database under another name, then rename it: it is there whole or not at all.

    MLflow cannot use one whose making was cut short, by a kill or a full disk. Such a file, which
    has no run and does not open, is put aside, and made again.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f".{database.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        making = database.with_name(f".{database.name}.making")
        if database.exists() and database.stat().st_size:
            if _has_runs(database) or _opens_as_copy(database, making):
                return
            aside = database.with_name(f"{database.name}.unfinished-{time.time_ns()}")
            logger.warning("MLflow's database was never finished and holds no run: see %s", aside)
            _rename(database, aside)
        _remove(making)
        _open(making)
        making.replace(database)


def _has_runs(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("SELECT 1 FROM runs LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return False


def _opens_as_copy(database: Path, copy: Path) -> bool:
    """Whether MLflow can use a database; asked of a copy, which it may change."""
    _remove(copy)
    try:
        with (
            closing(sqlite3.connect(database)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        _open(copy)
    except (MlflowException, SQLAlchemyError, CommandError, sqlite3.Error):
        return False
    finally:
        _remove(copy)
    return True


def _open(database: Path) -> None:
    """Have MLflow open a database, which it makes where there is none, and close it."""
    open_store: Any = SqlAlchemyStore  # its constructor has no types
    store = open_store(sqlite_url(database), DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH)
    store.engine.dispose()


def _files_of(database: Path) -> list[Path]:
    """SQLite's files of a database, those that a killed process left included."""
    names = ("", "-journal", "-wal", "-shm")
    return [database.with_name(f"{database.name}{suffix}") for suffix in names]


def _remove(database: Path) -> None:
    for file in _files_of(database):
        file.unlink(missing_ok=True)


def _rename(database: Path, new: Path) -> None:
    """A journal that stays would be taken for the next database's."""
    for file, name in zip(_files_of(database), _files_of(new), strict=True):
        if file.exists():
            file.replace(name)


@contextmanager
def one_line_errors(uri: str) -> Iterator[None]:
    """Turn what a tracking store that cannot be used raises into one line.

    Raises:
        ConfigurationError: If it does not answer, or is another version's.
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, CommandError, sqlite3.Error, OSError) as error:
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
