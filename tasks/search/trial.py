"""One trial in a worker process: trained like any member, and judged after every epoch."""

import json
import logging
import time
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from pydantic import ValidationError

from conf.narrowing import member_of
from conf.schema import Configuration
from ripieno.data.storage import open_training
from ripieno.errors import RipienoError, TrainingError
from ripieno.evaluation.metrics import METRICS
from ripieno.models import MODELS
from ripieno.runtime.gate import Pruned
from ripieno.runtime.store import Store, key_of
from ripieno.runtime.workers import WorkerTimeoutError
from ripieno.training.epoch import Epoch
from tasks.jobs import FACTS, VALIDATION_PROBA, train
from tasks.records import TrainingData
from tasks.search.follow import Follower, TrialContext
from tasks.search.records import TrialResult
from tasks.search.study import Proposal
from tasks.search.trial_log import end_trial, open_trial
from tasks.training import key_inputs, reason_of, training_job

logger = logging.getLogger("ripieno.search")


@task(task_run_name="{name}-trial-{number}", cache_policy=NO_CACHE)
def run_trial(context: TrialContext, proposal: Proposal, name: str, number: int) -> Any:
    """Train a trial's member, or take it from the store; the search goes on whatever happens.

    Args:
        context: What all trials of the search share.
        proposal: The trial.
        name: The member that is searched.
        number: The trial's number.

    Returns:
        A `TrialResult`, in a state that is called after how the trial ended.
    """
    started = time.monotonic()
    result = TrialResult("failed", number, "")
    try:
        run_id = open_trial(context.tracker, context.run, name, proposal)
        result = replace(result, run_id=run_id)
        result = _run(context, proposal, result)
    except Exception as error:
        logger.debug("%s trial %d", name, number, exc_info=not isinstance(error, RipienoError))
        result = replace(result, reason=_reason(error))
    result = replace(result, seconds=time.monotonic() - started)
    try:
        end_trial(context.tracker, result)
    except Exception as error:  # what was learnt is in the study
        logger.warning("%s trial %d: MLflow does not record it: %s", name, number, error)
    if result.state == "failed":
        return Failed(message=result.reason, data=result)
    return Completed(name=result.state.capitalize(), message=in_words(result), data=result)


def in_words(result: TrialResult) -> str:
    """How a trial ended, in a few words."""
    if result.state == "complete":
        return f"log-loss {result.scores['log_loss']:.4f}, {result.scores['accuracy']:.2%}"
    if result.state == "pruned":
        return f"pruned after epoch {result.n_epochs}"
    return f"{result.state}: {result.reason}"


def _run(context: TrialContext, proposal: Proposal, result: TrialResult) -> TrialResult:
    configuration, name = trial_configuration(context, proposal)
    inputs = key_inputs(configuration, name, context.data)
    result = replace(result, key=key_of(inputs))
    follower = Follower(context, proposal, result.run_id, context.run.epochs_of(name))
    directory = Store(context.run.store).find("member", result.key)
    if directory is None:
        try:
            directory = _train(context, configuration, name, inputs, follower)
        except Pruned:
            return replace(result, state="pruned", n_epochs=follower.n_epochs)
        except CancelledError:
            reason = "its minutes were over" if follower.is_late else "interrupted"
            return replace(result, state="stopped", reason=reason)
    else:
        epochs = json.loads((directory / FACTS).read_text())["epochs"]
        follower.replay(Epoch(**epoch) for epoch in epochs)
    scores = validation_scores(directory, context.data)
    return replace(
        result, state="complete", directory=directory, scores=scores, n_epochs=follower.n_epochs
    )


def _train(
    context: TrialContext,
    configuration: Configuration,
    name: str,
    inputs: dict[str, object],
    follower: Follower,
) -> Path:
    """Train the trial's member into the store, and return where it is."""
    limit = context.study.plan.tuning.minutes_per_trial
    store, key = Store(context.run.store), key_of(inputs)
    with store.write("member", key, inputs) as unfinished:
        job = training_job(configuration, name, context.data, context.run, unfinished)
        job = replace(job, verdicts=follower.verdicts)
        timeout = None if limit is None else 60.0 * limit
        future = context.workers.submit(train, job, timeout=timeout)
        try:
            follower.follow(future)
        except WorkerTimeoutError as error:
            raise TrainingError(f"it took longer than {limit:g} minutes") from error
        except BaseException:
            future.cancel()  # or the worker would wait for a verdict that nobody gives
            raise
    return store.path("member", key)


def trial_configuration(context: TrialContext, proposal: Proposal) -> tuple[Configuration, str]:
    """The experiment with the trial's member alone, and that member's name.

    Raises:
        ConfigurationError: If these data do not allow the settings.
        ValidationError: If the settings are none.
    """
    plan, data = context.study.plan, context.data
    member = member_of(plan.member, proposal.settings, plan.seed)
    check = MODELS[member.architecture].check
    check(data.image_shape, len(data.class_names), **member.settings)
    name = f"{plan.name}-trial-{proposal.number}"
    return plan.configuration.model_copy(update={"members": {name: member}}), name


def validation_scores(directory: Path, data: TrainingData) -> dict[str, float]:
    """What a trained member scores on validation, and the milliseconds it takes for an image."""
    labels = np.asarray(open_training(data.directory).validation.labels)
    proba = np.load(directory / VALIDATION_PROBA)
    scores = {name: float(METRICS[name](proba, labels)) for name in ("log_loss", "accuracy")}
    return scores | {"inference_ms": json.loads((directory / FACTS).read_text())["inference_ms"]}


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return reason_of(error)
