"""One registered model: its versions, their tags, and who is champion and who challenger."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from tasks.tracking.connection import open_client

CHAMPION, CHALLENGER = "champion", "challenger"
HISTORY = "ripieno.champions"
"""Tag of the registered model: who became champion, when, and by which run; oldest first."""
PREVIOUS = "ripieno.previous_champion"
"""Tag of a version: the champion that it took over from."""
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow says where there is no such model, and no such alias."""
LENGTH = 5000  # of a tag or a description at most


@dataclass(frozen=True)
class Version:
    """One version of a registered model.

    Attributes:
        name: The registered model.
        number: 1, 2, ... as text.
        model_id: The logged model it points to.
        tags: Its tags.
    """

    name: str
    number: str
    model_id: str
    tags: Mapping[str, str]

    @property
    def uri(self) -> str:
        """What `mlflow.pyfunc.load_model` takes."""
        return f"models:/{self.name}/{self.number}"


@dataclass(frozen=True)
class Registry:
    """A registered model; nothing is written before the first version."""

    client: MlflowClient
    name: str

    @property
    def description(self) -> str:
        """What MLflow's page of the registered model says."""
        return (
            f"Ensembles of image classifiers on **{self.name}**, by ripieno: raw images in; label,"
            " probabilities and each member's agreement out. `champion` is in use, `challenger`"
            " waits for `make promote`, which compares both on images that neither has seen. A"
            " version's description is its model card."
        )

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        found = self.client.search_model_versions(f"name = '{self.name}'")
        return sorted((_version(each) for each in found), key=lambda each: int(each.number))

    def alias(self, alias: str) -> Version | None:
        """The version of an alias, None where no version has it."""
        try:
            return _version(self.client.get_model_version_by_alias(self.name, alias))
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise

    def register(self, model_id: str, run_id: str, description: str) -> Version:
        """Make a version of a logged model; it has no alias yet."""
        found = self.client.search_registered_models(f"name = '{self.name}'")
        if not found:
            self.client.create_registered_model(self.name, description=self.description)
        elif not found[0].description:
            self.client.update_registered_model(self.name, self.description)
        # The client's store looks the logged model up at the global address, not at its own.
        mlflow.set_tracking_uri(self.client.tracking_uri)
        made = self.client.create_model_version(
            self.name,
            f"models:/{model_id}",
            run_id=run_id,
            model_id=model_id,
            description=description[:LENGTH],
        )
        return _version(made)

    def tag(self, version: Version, tags: Mapping[str, object]) -> None:
        """Set tags of a version."""
        for key, value in tags.items():
            text = str(value)[:LENGTH]
            self.client.set_model_version_tag(self.name, version.number, key, text)

    def drop(self, version: Version) -> None:
        """Remove a version with its logged model, and the registered model where it was alone."""
        self.client.delete_model_version(self.name, version.number)
        self.client.delete_logged_model(version.model_id)
        if not self.versions():
            self.client.delete_registered_model(self.name)

    def challenge(self, version: Version) -> str:
        """Give a new version its alias: champion where there is none, else challenger."""
        if self.alias(CHAMPION) is not None:
            self.client.set_registered_model_alias(self.name, CHALLENGER, version.number)
            return CHALLENGER
        self._crown(version, "the first version")
        return CHAMPION

    def promote(self, challenger: Version, run_id: str) -> None:
        """Make the challenger champion, and remember the one it took over from."""
        champion = self.alias(CHAMPION)
        if champion is not None:
            self.tag(challenger, {PREVIOUS: champion.number})
        self._crown(challenger, f"promotion {run_id}")
        self.client.delete_registered_model_alias(self.name, CHALLENGER)

    def previous(self) -> Version | None:
        """The champion before this one that still exists."""
        existing = {version.number: version for version in self.versions()}
        champion = self.alias(CHAMPION)
        number = champion.tags.get(PREVIOUS) if champion else None
        return existing.get(number) if number else None

    def restore(self, version: Version, run_id: str) -> None:
        """Make an earlier champion champion again."""
        self._crown(version, f"rollback {run_id}")

    def history(self) -> list[dict[str, str]]:
        """Who became champion, when and why, oldest first."""
        tags = self.client.get_registered_model(self.name).tags
        return list(json.loads(tags.get(HISTORY, "[]")))

    def _crown(self, version: Version, reason: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = {"version": version.number, "since": now, "by": reason}
        history = [*self.history(), entry]
        while len(json.dumps(history)) > LENGTH:
            history.pop(0)
        self.client.set_registered_model_alias(self.name, CHAMPION, version.number)
        self.client.set_registered_model_tag(self.name, HISTORY, json.dumps(history))


def open_registry(uri: str, name: str) -> Registry:
    """A registered model of a tracking store."""
    return Registry(open_client(uri), name)


def _version(found: ModelVersion) -> Version:
    model_id = found.model_id or str(found.source).rpartition("/")[2]
    return Version(found.name, str(found.version), model_id, dict(found.tags))


def find_version(uri: str, name: str) -> Version | None:
    """A version by its alias or number, None where there is none.

    Args:
        uri: Tracking URI.
        name: `digits@champion` or `digits/3`.
    """
    client = open_client(uri)
    model, at, alias = name.partition("@")
    if at:
        return Registry(client, model).alias(alias)
    model, _, number = name.partition("/")
    versions = Registry(client, model).versions()
    return next((each for each in versions if each.number == number), None)
