"""Where the dashboards and their stores are: ports, workspace and databases, from `.env`.

The names are those that Prefect and MLflow read themselves, where they have one, so that their own
commands agree with ours. `.env.example` shows all of them.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from conf.workspace import Workspace, absolute_url
from ripieno.data.paths import resolve_path
from ripieno.errors import ConfigurationError

TEMPORARY_SERVER = "RIPIENO_TEMPORARY_SERVER"
"""Environment variable with the API address of a Prefect server that ends with its command."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Port = Annotated[int, Field(ge=1, le=65535)]


def postgres_or_sqlite(url: str) -> str:
    """A database's URL as people write it, a relative file made absolute.

    Raises:
        ValueError: If it is of another kind.
    """
    if not url.startswith(("postgresql://", "postgresql+", "sqlite:", "sqlite+")):
        raise ValueError("expected postgresql://USER:PASSWORD@HOST/NAME or sqlite:///PATH")
    return absolute_url(url)


DatabaseUrl = Annotated[str, AfterValidator(postgres_or_sqlite)]
ArtifactRoot = Annotated[
    str, AfterValidator(lambda root: root if "://" in root else str(resolve_path(root)))
]


class ServiceSettings(BaseModel):
    """The services of one workspace.

    Attributes:
        host: Address that both servers listen at; loopback unless told.
        prefect_port: Port of the Prefect server and its UI.
        mlflow_port: Port of the MLflow server and its UI.
        workspace: Folder of the runs, the store and, by default, both databases.
        prefect_database: Prefect's database; None: a SQLite file in the workspace.
        mlflow_database: MLflow's database; None: a SQLite file in the workspace.
        mlflow_artifacts: Where MLflow keeps files; None: a folder of the workspace.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", alias="RIPIENO_HOST")
    prefect_port: Port = Field(4200, alias="PREFECT_PORT")
    mlflow_port: Port = Field(5000, alias="MLFLOW_PORT")
    workspace: Workspace = Field(default_factory=Workspace.default, alias="RIPIENO_WORKSPACE")
    prefect_database: DatabaseUrl | None = Field(
        None, alias="PREFECT_SERVER_DATABASE_CONNECTION_URL"
    )
    mlflow_database: DatabaseUrl | None = Field(None, alias="MLFLOW_BACKEND_STORE_URI")
    mlflow_artifacts: ArtifactRoot | None = Field(None, alias="MLFLOW_DEFAULT_ARTIFACT_ROOT")

    @model_validator(mode="after")
    def _keep_apart(self) -> "ServiceSettings":
        if self.prefect_port == self.mlflow_port:
            raise ValueError(f"expected two ports, received {self.mlflow_port} for both servers")
        if self.prefect_database and _database(self.prefect_database) == _database(
            self.mlflow_database or ""
        ):
            raise ValueError("expected a database for each server, received one for both")
        return self

    @property
    def directory(self) -> Path:
        """What the services write: their settings, logs and SQLite files."""
        return self.workspace.services

    @property
    def prefect_url(self) -> str:
        """Address of Prefect's UI."""
        return f"http://{self._reached_at}:{self.prefect_port}"

    @property
    def prefect_origins(self) -> str:
        """The origins of Prefect's own pages, separated by commas."""
        own = [self.prefect_url]
        if is_loopback(self.host):
            own += [f"http://{host}:{self.prefect_port}" for host in ("127.0.0.1", "localhost")]
        return ",".join(dict.fromkeys(own))

    @property
    def mlflow_url(self) -> str:
        """Address of MLflow's UI."""
        return f"http://{self._reached_at}:{self.mlflow_port}"

    @property
    def _reached_at(self) -> str:
        """The host as this machine reaches it: a wildcard is no address to call."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  replaced
        return f"[{host}]" if _is_version_6(host) else host


def service_settings(environment: Mapping[str, str] = os.environ) -> ServiceSettings:
    """The settings that an environment makes; what is set to nothing counts as not set.

    Raises:
        ConfigurationError: In one line a problem.
    """
    names = [field.alias for field in ServiceSettings.model_fields.values() if field.alias]
    try:
        return ServiceSettings(
            **{name: environment[name] for name in names if environment.get(name)}
        )
    except ValidationError as error:
        lines = [_sentence(detail) for detail in error.errors(include_url=False)]
        raise ConfigurationError("\n".join(lines)) from None


def lasting_prefect_api() -> str | None:
    """The API address of a Prefect server that outlives this command, None where there is none."""
    url = os.environ.get("PREFECT_API_URL")
    return None if url == os.environ.get(TEMPORARY_SERVER) else url


def _sentence(detail: Mapping[str, object]) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    location = ".".join(map(str, detail["loc"]))  # type: ignore[call-overload]  # pydantic: a tuple
    where = "(.env or the environment)."
    if not location:
        return f"{message} {where}"
    received = "" if "://" in str(detail["input"]) else f", received {detail['input']!r}"
    return f"{location}: {message[0].lower()}{message[1:]}{received} {where}"


def _database(url: str) -> str:
    """The URL without its driver: two drivers may name one database."""
    return url.partition("://")[2]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens at a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK


def _is_version_6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False
