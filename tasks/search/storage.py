"""Where a study is kept: a journal file, or a database that several machines reach."""

import logging
import os
import time
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from conf.tuning import STORAGE_PASSWORD
from ripieno.display import HIDDEN
from ripieno.errors import ConfigurationError

LOCK_SECONDS = 10
"""A lock this old was left by a process that was killed while it wrote a line."""


def open_storage(place: str | None, studies: Path, name: str) -> BaseStorage:
    """The storage of a study; made where it does not exist.

    Args:
        place: A database URL, the path of a journal file, or None for a journal of the study's own.
        studies: Folder of the journals that no place was named for.
        name: The study's name.

    Raises:
        ConfigurationError: If it cannot be opened.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if place is not None and "://" in place:
        return _database(place)
    path = Path(place) if place else studies / f"{name}.journal"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = JournalFileSymlinkLock(str(path), grace_period=LOCK_SECONDS)
        mend(path, lock)
        return JournalStorage(Journal(path, lock))
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(
            f"tuning.storage: expected a journal of Optuna's at {path}, which cannot be read:"
            f" {' '.join(str(error).split())}. Move it away, or name another file."
        ) from error


def with_password(url: str) -> str:
    """A database's URL with the password that the environment gives, where it has none.

    Raises:
        ConfigurationError: If it is no URL, or comes from a record, which holds no passwords, and
            there is none in the environment.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "tuning.storage: expected postgresql://USER@HOST/NAME, sqlite:///FILE or the path of a"
            f" journal, received {url}."
        ) from None
    given = os.environ.get(STORAGE_PASSWORD)
    if address.username is None or address.password not in (None, HIDDEN):
        return url
    if not given and address.password is None:
        return url
    if not given:
        raise ConfigurationError(
            f"tuning.storage: passwords are not recorded: set {STORAGE_PASSWORD} in the environment"
            f" or .env, received {url}."
        )
    return address.set(password=given).render_as_string(hide_password=False)


def _database(url: str) -> BaseStorage:
    url = with_password(url)
    waiting = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {}
    for attempts_left in (1, 0):
        try:
            return RDBStorage(url, engine_kwargs=waiting)
        except Exception as error:  # whatever the database's driver raises
            if not attempts_left:
                reason = str(error.__cause__ or error).strip().partition("\n")[0]
                raise ConfigurationError(
                    f"tuning.storage: expected a database that answers, received: {reason}"
                ) from error
        time.sleep(1.0)  # another process may be making the same tables
    raise AssertionError("The last attempt returned or raised.")


class Journal(JournalFileBackend):
    """Optuna's journal, which a disk that fills up leaves readable."""

    def __init__(self, path: Path, lock: JournalFileSymlinkLock) -> None:
        super().__init__(str(path), lock_obj=lock)
        self._path = path
        self._own_lock = lock

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append lines, whole or not at all."""
        try:
            super().append_logs(logs)
        except OSError:
            mend(self._path, self._own_lock)
            raise


def mend(path: Path, lock: JournalFileSymlinkLock) -> None:
    """Drop a last line that was written half, when the machine went down or the disk was full."""
    if not path.exists() or path.stat().st_size == 0:
        return
    lock.acquire()
    try:
        with path.open("rb+") as file:
            content = file.read()
            complete = content[: content.rfind(b"\n") + 1]
            if len(complete) < len(content):
                file.truncate(len(complete))
    finally:
        lock.release()
