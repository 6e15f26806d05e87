"""The workspace: the one folder that holds everything runs leave behind, and where MLflow records.

It is absolute from the moment it is read, since processes with other working directories are given
what stands in it.
"""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, RootModel, ValidationError

from ripieno.data.paths import AbsolutePath, resolve_path
from ripieno.errors import ConfigurationError

VARIABLE = "RIPIENO_WORKSPACE"
ANOTHER = f"Choose another: {VARIABLE}=... or --set workspace=..."
TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
MAX_LENGTH = 460
"""Of a workspace's path, in bytes: SQLite opens no file whose path is longer than 511."""
_SQLITE_FILE = re.compile(r"(?P<scheme>sqlite(\+\w+)?):///(?P<file>[^/?][^?]*)(?P<options>\?.*)?")
"""A URL of a relative SQLite file: an absolute one has a fourth slash."""


def _real_path(path: Path) -> Path:
    """Without symbolic links: one workspace has one name, whichever way leads to it."""
    real = plain_in_urls(Path(os.path.realpath(path)))
    if (length := len(os.fsencode(real))) > MAX_LENGTH:
        raise ValueError(f"expected a path of {MAX_LENGTH} bytes at most, received {length}")
    return real


Folder = Annotated[AbsolutePath, AfterValidator(_real_path)]


class Workspace(RootModel[Folder]):
    """A workspace by its folder; configurations show it as that path.

    Attributes:
        root: The folder, absolute.
    """

    model_config = ConfigDict(frozen=True, title="Workspace")

    @classmethod
    def default(cls) -> "Workspace":
        """`RIPIENO_WORKSPACE` where it is set, else `workspace` in the working directory.

        Raises:
            ConfigurationError: If there can be no workspace.
        """
        try:
            return cls(Path(os.environ.get(VARIABLE) or "workspace"))
        except ValidationError as error:
            reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            raise ConfigurationError(f"workspace: {reason}. {ANOTHER}") from None

    @property
    def store(self) -> Path:
        """Artefacts addressed by content."""
        return self.root / "store"

    @property
    def runs(self) -> Path:
        """A folder a run."""
        return self.root / "runs"

    @property
    def studies(self) -> Path:
        """Journals of searches."""
        return self.root / "studies"

    @property
    def tuned(self) -> Path:
        """Overlays that searches have written."""
        return self.root / "tuned"

    @property
    def services(self) -> Path:
        """Settings, logs and databases of the Prefect server and of what `ripieno up` starts."""
        return self.root / "services"

    @property
    def prefect_home(self) -> Path:
        """Prefect's home folder, with its database."""
        return self.services / "prefect"

    @property
    def artifacts(self) -> Path:
        """MLflow's artifacts, where no server decides about them."""
        return self.root / "mlartifacts"

    @property
    def database(self) -> Path:
        """MLflow's database, where nothing else is asked for."""
        return self.root / "mlflow.db"

    @property
    def tracking_uri(self) -> str:
        """`MLFLOW_TRACKING_URI`, with a relative SQLite file made absolute; else our database."""
        asked = os.environ.get(TRACKING_VARIABLE)
        return absolute_url(asked) if asked else sqlite_url(self.database)

    def make(self) -> "Workspace":
        """Make the folder where it does not exist.

        Raises:
            ConfigurationError: If it cannot be made or written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            writable = os.access(self.root, os.W_OK | os.X_OK)
            reason = "" if writable else "it may not be written"
        except OSError as error:
            reason = error.strerror or str(error)
        if reason:
            raise ConfigurationError(
                f"workspace: expected a folder that can be written, received {self.root}: {reason}."
                f" Mend it. {ANOTHER}"
            )
        return self

    def __str__(self) -> str:
        return str(self.root)


def sqlite_url(file: Path) -> str:
    """SQLAlchemy's URL of a SQLite file.

    Raises:
        ConfigurationError: If the path would be another one as a URL.

    Example:
        >>> sqlite_url(Path("/data/runs.db"))
        'sqlite:////data/runs.db'
    """
    try:
        return f"sqlite:///{plain_in_urls(file)}"
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def plain_in_urls(path: Path) -> Path:
    """The path, unless MLflow and SQLAlchemy would read another one out of its URL.

    Raises:
        ValueError: If it has a question mark, where a URL's options begin, or an escape like %20.
    """
    if re.search(r"\?|%[0-9A-Fa-f]{2}", str(path)):
        raise ValueError(f"expected a path without ? and without escapes like %20, received {path}")
    return path


def absolute_url(url: str, folder: Path | None = None) -> str:
    """A database's URL in which a relative SQLite file has become absolute; others stay.

    Args:
        url: Such as `sqlite:///runs.db`.
        folder: Where relative paths start; None: the working directory.
    """
    found = _SQLITE_FILE.fullmatch(url)
    if found is None or found["file"].startswith((":memory:", "file:")):
        return url
    database = sqlite_url(resolve_path(found["file"], folder)).removeprefix("sqlite")
    return f"{found['scheme']}{database}{found['options'] or ''}"
