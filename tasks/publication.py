"""Publish the whole ensemble as one registered model, and prove that it is the evaluated one."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.storage import open_test_images
from ripieno.errors import ConfigurationError, PublicationError
from ripieno.pooling.pool import Pool
from ripieno.runtime.progress_line import now_doing
from ripieno.serving.bundle import Bundle, BundledMember, bundle_key, write_bundle
from tasks.ensemble import ENSEMBLE_PROBA, POOL
from tasks.failures import mistakes_as_states
from tasks.held_out import held_out
from tasks.prediction import directory_of
from tasks.records import Member, Outcome, PreparedData
from tasks.reporting import CARD
from tasks.runs import model_name
from tasks.tracking import Registry, Tracker, Version
from tasks.tracking.connection import one_line_errors
from tasks.tracking.fresh import FreshAnswer, predict_in_fresh_process

TOLERANCE = 1e-6
"""Largest difference from an evaluated probability that the published model may show."""
LIBRARIES = ("numpy", "pydantic", "scipy", "threadpoolctl", "mlflow")
"""Distributions that the published code needs, whatever its members are."""
N_EXAMPLES = 2
KEY, DATA, RUN, VERIFIED = "ripieno.key", "ripieno.data", "ripieno.run", "ripieno.verified"


@task(task_run_name="publish-model", cache_policy=NO_CACHE)
@mistakes_as_states
def publish_model(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    outcome: Outcome,
    tracker: Tracker,
) -> Outcome:
    """Register the ensemble, load it back in a fresh process, and hold it to what was evaluated.

    Args:
        configuration: The run's configuration.
        data: The prepared data; of the sealed part the images alone are read.
        members: The members that the pool was fitted on.
        outcome: The finished run, with `pool.json`, the model card and the test probabilities.
        tracker: The run's tracker.

    Returns:
        The outcome, with a line on what was published.

    Raises:
        PublicationError: If MLflow is away, or the loaded model does not answer as the evaluated
            one; then nothing stays registered.
    """
    registry = Registry(tracker.client, model_name(configuration))
    bundle = bundle_of(data, members, outcome.run.directory)
    key = bundle_key(bundle, {member.name: member.key for member in members})
    try:
        with one_line_errors(tracker.uri):
            known = published_before(registry, key)
    except ConfigurationError as error:
        raise PublicationError(
            f"{error} Nothing was published; once it answers, the same command publishes without"
            " training again."
        ) from error
    if known is not None:
        line = f"{known.name} version {known.number} is this model already: nothing to publish."
        return replace(outcome, published=line)
    made = register(registry, bundle, key, data, outcome, tracker)
    try:
        images = data.sealed.directory / "test_images.npy"
        now_doing("Publishing: checking in a fresh process")
        answer = predict_in_fresh_process(tracker.uri, made.uri, images)
        evaluated = np.load(outcome.run.directory / ENSEMBLE_PROBA, allow_pickle=False)
        difference = check_answer(made, answer, evaluated)
        registry.tag(made, facts_of(answer, difference) | {VERIFIED: "true"})
    except BaseException:
        registry.drop(made)
        raise
    alias = registry.challenge(made)
    line = (
        f"{made.name} version {made.number} ({alias}); a fresh process gives the evaluated test "
        f"probabilities to {difference:.1e}, an image in {answer.one_ms:.1f} ms."
    )
    return replace(outcome, published=line)


def bundle_of(data: PreparedData, members: Sequence[Member], directory: Path) -> Bundle:
    """The ensemble that a run's `pool.json` describes."""
    pool = json.loads((directory / POOL).read_text())
    by_name = {member.name: member for member in members}
    bundled = [
        BundledMember(name, by_name[name].architecture, directory_of(by_name[name]))
        for name in pool["members"]
    ]
    dtype = open_test_images(data.sealed.directory).dtype
    training = data.training
    return Bundle.of(
        bundled,
        Pool.from_dict(pool),
        training.class_names,
        training.image_shape,
        dtype,
        training.pixels,
    )


def published_before(registry: Registry, key: str) -> Version | None:
    """The verified version of the same members and the same pool."""
    for each in registry.versions():
        if each.tags.get(KEY) == key and each.tags.get(VERIFIED) == "true":
            return each
    return None


def register(
    registry: Registry,
    bundle: Bundle,
    key: str,
    data: PreparedData,
    outcome: Outcome,
    tracker: Tracker,
) -> Version:
    """Upload the bundle and make a version of it, which is nobody's champion yet."""
    run = outcome.run
    card = (run.directory / CARD).read_text(encoding="utf-8")
    example = np.asarray(held_out(data.training).images[:N_EXAMPLES])
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "ensemble"
        write_bundle(bundle, card, key, directory)
        model_id = tracker.log_ensemble(
            run.run_id,
            registry.name,
            directory,
            example,
            len(bundle.class_names),
            len(bundle.members),
            bundle.pool.prediction_sets is not None,
            requirements_of(bundle),
        )
    try:
        made = registry.register(model_id, run.run_id, card)
    except BaseException:
        tracker.client.delete_logged_model(model_id)
        raise
    registry.tag(made, {KEY: key, DATA: data.training.fingerprint, RUN: run.name})
    return made


def requirements_of(bundle: Bundle) -> list[str]:
    """Pinned, for `pip install -r`."""
    needed = sorted({*LIBRARIES, *bundle.libraries})
    return [f"{distribution}=={version(distribution)}" for distribution in needed]


def check_answer(made: Version, answer: FreshAnswer, evaluated: Any) -> float:
    """The largest difference from the evaluated probabilities.

    Raises:
        PublicationError: If it is above `TOLERANCE`, or they are not of the same images.
    """
    if answer.proba.shape != evaluated.shape:
        raise PublicationError(
            f"{made.uri}: expected probabilities of shape {evaluated.shape}, received "
            f"{answer.proba.shape}. Nothing was published."
        )
    difference = float(np.abs(answer.proba - evaluated).max())
    if not difference <= TOLERANCE:  # NaN is not
        raise PublicationError(
            f"{made.uri} differs by {difference:.1e} from the evaluated test probabilities, more "
            f"than {TOLERANCE:.0e}. Nothing was published."
        )
    return difference


def facts_of(answer: FreshAnswer, difference: float) -> dict[str, str]:
    """What was measured of the published model, as tags."""
    return {
        "ripieno.max_difference": f"{difference:.3g}",
        "ripieno.one_ms": f"{answer.one_ms:.4g}",
        "ripieno.image_ms": f"{answer.image_ms:.4g}",
    }
