"""Champion against challenger, as published, on images that neither has seen."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.dataset import LabelledImages
from ripieno.data.storage import open_sealed, open_training
from ripieno.data.untouched import Untouched, untouched
from ripieno.errors import ConfigurationError, DataError, PublicationError
from ripieno.evaluation.promotion import Decision, Scored, Terms, as_markdown, decide
from ripieno.runtime.store import Store
from tasks.failures import mistakes_as_states
from tasks.links import lead_to_mlflow, run_page
from tasks.publication import DATA, RUN
from tasks.runs import model_name, prefect_tags
from tasks.serving import require_version
from tasks.tracking import CHALLENGER, CHAMPION, Registry, Tracker, Version, open_registry
from tasks.tracking.fresh import predict_in_fresh_process

PROMOTION = "promotion"


@dataclass(frozen=True)
class Contest:
    """Who stands against whom."""

    challenger: Version
    champion: Version

    @property
    def title(self) -> str:
        """`digits: version 3 against version 2`."""
        return (
            f"{self.challenger.name}: version {self.challenger.number} against version "
            f"{self.champion.number}"
        )


@dataclass(frozen=True)
class Judgement:
    """A decision, where it is recorded, and what it means for the registered model."""

    contest: Contest
    decision: Decision
    run_id: str


def contest_of(registry: Registry) -> Contest:
    """The challenger and the champion of a registered model.

    Raises:
        ConfigurationError: If one of them is missing.
    """
    return Contest(require_version(registry, CHALLENGER), require_version(registry, CHAMPION))


@task(task_run_name="find-untouched-images", cache_policy=NO_CACHE)
@mistakes_as_states
def find_untouched(configuration: Configuration, contest: Contest) -> Untouched:
    """The sealed test images of either that neither was trained, stopped or weighed on.

    Raises:
        DataError: If the data of one are not in this workspace.
        PublicationError: If the two do not take the same images and classes.
    """
    store = Store(configuration.workspace.store)
    fingerprints = dict.fromkeys((contest.challenger.tags[DATA], contest.champion.tags[DATA]))
    folders = [(find(store, "data", key), find(store, "sealed", key)) for key in fingerprints]
    training = [open_training(data) for data, _ in folders]
    check_comparable(
        [(split.image_shape, split.train.images.dtype, split.class_names) for split in training]
    )
    seen = [part for each in training for part in (each.train, each.validation)]
    found = untouched([open_sealed(sealed) for _, sealed in folders], seen)
    if len(found.samples) == 0:
        raise PublicationError(
            f"{contest.title}: no test image of either is untouched by the other, so that they "
            "cannot be compared. Train both on the same split."
        )
    return found


def find(store: Store, kind: str, fingerprint: str) -> Path:
    """The folder of the splits that a version was made from.

    Raises:
        DataError: If they are gone: then nobody can tell what it has seen.
    """
    folder = store.find(kind, fingerprint)
    if folder is None:
        raise DataError(
            f"The data {fingerprint} are not in {store.root}, so that it cannot be told which "
            "images that version has seen. Train on them here again, or publish in the workspace "
            "that has them."
        )
    return folder


def check_comparable(inputs: Sequence[object]) -> None:
    """Refuse two models that do not take the same images or know the same classes.

    Raises:
        PublicationError: With both sides.
    """
    if any(each != inputs[0] for each in inputs):
        shown = "; ".join(str(each) for each in inputs)
        raise PublicationError(
            f"Expected models of the same image shape, type and classes, received {shown}. Give "
            "the other data set a registered model of its own: publish.name."
        )


@task(task_run_name="score-{version.number}", cache_policy=NO_CACHE)
@mistakes_as_states
def score(version: Version, samples: LabelledImages, uri: str) -> Scored:
    """What a published version says of images, as anybody gets it who loads it."""
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images.npy"
        np.save(images, samples.images, allow_pickle=False)
        answer = predict_in_fresh_process(uri, version.uri, images)
    return Scored(answer.proba, answer.image_ms)


@task(task_run_name="judge", cache_policy=NO_CACHE)
@mistakes_as_states
def judge(
    configuration: Configuration,
    contest: Contest,
    found: Untouched,
    scores: Sequence[Scored],
    tracker: Tracker,
) -> Judgement:
    """Decide, record the decision with its figures and its reason, and move the aliases by it."""
    publish = configuration.publish
    terms = Terms(publish.margin, publish.tolerance, publish.cheaper, publish.min_images)
    challenger, champion = scores
    decision = decide(
        challenger,
        champion,
        found.samples.labels,
        terms,
        n_earlier=n_tried(tracker, contest, found.digest),
        seed=configuration.seed,
    )
    run_id = record(configuration, contest, found, decision, tracker)
    registry = open_registry(tracker.uri, model_name(configuration))
    registry.tag(
        contest.challenger, {"ripieno.judged_by": run_id, "ripieno.verdict": decision.reason}
    )
    if decision.promote:
        registry.promote(contest.challenger, run_id)
    return Judgement(contest, decision, run_id)


def n_tried(tracker: Tracker, contest: Contest, digest: str) -> int:
    """Other challengers that were compared on the same images before."""
    runs = tracker.tags_of_runs({"ripieno.kind": PROMOTION, "ripieno.images": digest})
    model, number = contest.challenger.name, contest.challenger.number
    return len({tags["challenger"] for tags in runs if tags["model"] == model} - {number})


def record(
    configuration: Configuration,
    contest: Contest,
    found: Untouched,
    decision: Decision,
    tracker: Tracker,
) -> str:
    """A run of its own in MLflow, and an artifact in Prefect."""
    rows = {
        f"{alias} (version {version.number})": f"run {version.tags[RUN]}, data {version.tags[DATA]}"
        for alias, version in ((CHALLENGER, contest.challenger), (CHAMPION, contest.champion))
    }
    text = as_markdown(decision, {"images": found.finding, **rows})
    tags = {
        "ripieno.kind": PROMOTION,
        "ripieno.images": found.digest,
        "model": contest.challenger.name,
        "challenger": contest.challenger.number,
        "champion": contest.champion.number,
        "decision": "promote" if decision.promote else "keep",
    }
    challenger, champion = contest.challenger, contest.champion
    name = f"{challenger.name}-promotion-{challenger.number}-against-{champion.number}"
    run_id = tracker.start_run(name, tags | prefect_tags(name))
    page = run_page(tracker.experiment_id, run_id)
    lead_to_mlflow(name, page, tracker.uri, configuration.tracking.experiment)
    params = configuration.publish.model_dump(mode="json", exclude={"register", "name"})
    tracker.log(run_id, metrics=decision.to_metrics(), params=params)
    tracker.describe(run_id, f"**{contest.title}**\n\n{text}")
    tracker.finish(run_id)
    create_markdown_artifact(f"# {contest.title}\n\n{text}", key=PROMOTION)
    return run_id


def roll_back(configuration: Configuration, tracker: Tracker, reason: str) -> str:
    """Make the previous champion champion again, and keep the record of it.

    Returns:
        A line on who is champion now.

    Raises:
        ConfigurationError: If there is no champion, or none before it.
    """
    registry = open_registry(tracker.uri, model_name(configuration))
    champion = require_version(registry, CHAMPION)
    previous = registry.previous()
    if previous is None:
        raise ConfigurationError(
            f"{registry.name} version {champion.number} took over from nobody: there is no earlier "
            "champion to go back to."
        )
    tags = {"model": registry.name, "from": champion.number, "to": previous.number}
    run_id = tracker.start_run(
        f"{registry.name}-rollback-to-{previous.number}",
        {"ripieno.kind": "rollback", "reason": reason} | tags,
    )
    registry.restore(previous, run_id)
    registry.tag(champion, {"ripieno.rolled_back": f"{run_id}: {reason}"})
    tracker.finish(run_id)
    return f"{registry.name}: champion is version {previous.number} again, after {champion.number}."
