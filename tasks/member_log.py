"""What a member's MLflow run holds: settings, curves, figures, description and model."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from conf.schema import Configuration
from ripieno.evaluation.metrics import METRICS
from ripieno.models import MODELS
from ripieno.training.epoch import Epoch
from tasks.held_out import held_out
from tasks.observers import BestEffort
from tasks.records import COSTS, Run, TrainingData
from tasks.tracking import Tracker

N_EXAMPLES = 2


def open_child(
    tracker: Tracker, run: Run, configuration: Configuration, name: str, key: str
) -> str:
    """Open the member's run below the flow's, with its settings as parameters.

    Returns:
        Its id; nothing where MLflow is away.
    """
    member = configuration.members[name]
    tags = {"ripieno.kind": "member", "member": name, "architecture": member.architecture}
    run_id = ""
    with BestEffort(f"The beginning of {name}"):
        run_id = tracker.start_run(name, tags | {"store.key": key}, parent=run.run_id)
        tracker.log(run_id, params=member.model_dump(mode="json"))
        tracker.log(run_id, params={"seed_used": configuration.seed_of(name)})
    return run_id


def log_epochs(
    tracker: Tracker, run_id: str, epochs: Iterable[Epoch], curve: str = "epoch"
) -> None:
    """Record an epoch a step; a final figure never shares a name with a curve.

    Args:
        tracker: Where it is recorded.
        run_id: The member's run.
        epochs: Some of its epochs.
        curve: What stands before the metrics' names: of a member's several trainings, which.
    """
    tracker.log_steps(
        run_id,
        [
            (epoch.number, {f"{curve}.{key}": value for key, value in epoch.metrics.items()})
            for epoch in epochs
        ],
    )


def log_member(
    tracker: Tracker,
    run_id: str,
    architecture: str,
    data: TrainingData,
    directory: Path,
    facts: Mapping[str, Any],
    reused: bool,
) -> None:
    """Record what the finished member scores, what it cost, and the model itself.

    The scores are those on validation or, trained in folds, out-of-fold.
    Its run ends here; what it scores on test joins it at the end of the flow.
    """
    held = held_out(data)
    proba = np.load(directory / held.file)
    scores = {
        f"validation_{metric}": score(proba, held.labels) for metric, score in METRICS.items()
    }
    costs = {key: facts[key] for key in (*COSTS, "train_cpu_seconds", "best_epoch")}
    folds = facts.get("folds", ())
    tracker.log_steps(
        run_id,
        [(fold, {f"fold.{k}": value for k, value in of.items()}) for fold, of in enumerate(folds)],
    )
    if reused or folds:  # of several trainings the mean, beside their own curves
        log_epochs(tracker, run_id, [Epoch(**epoch) for epoch in facts["epochs"]])
    status = "reused" if reused else "trained"
    tracker.log(run_id, metrics=scores | costs, tags={"status": status})
    tracker.describe(
        run_id,
        f"{architecture}, {status}: {held.adjective} log-loss "
        f"{scores['validation_log_loss']:.4f}, accuracy {scores['validation_accuracy']:.2%}, "
        f"{facts['n_parameters']:,} parameters, {facts['train_seconds']:.0f} s of training.",
    )
    requirements = [f"{package}=={version(package)}" for package in MODELS[architecture].libraries]
    tracker.log_model(
        run_id,
        architecture,
        directory,
        np.asarray(held.images[:N_EXAMPLES]),
        len(data.class_names),
        requirements,
    )
    tracker.finish(run_id)
