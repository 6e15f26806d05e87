"""`summary.json`: the machine-readable result of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from conf.schema import Configuration
from ripieno.data.storage import open_test_images
from ripieno.display import without_password
from ripieno.report.provenance import git_commit, versions
from tasks.records import Member, PreparedData, Run, TrainingData
from tasks.runs import model_name
from tasks.search.records import SearchResult
from tasks.stages import Stages


def summarise(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    evaluation: Mapping[str, Any],
    run: Run,
    uri: str,
    stages: Stages,
    searches: Sequence[SearchResult] = (),
) -> dict[str, Any]:
    """The machine-readable result; every figure in it was measured by this run.

    `run.model` is the registered model that the ensemble joins, None where it is not published.
    """
    return {
        "run": {
            "name": run.name,
            "configuration": configuration.model_dump(mode="json"),
            "seed": configuration.seed,
            "versions": versions(),
            "git_commit": git_commit(),
            "started": stages.started,
            "seconds": stages.total,
            "mlflow_run_id": run.run_id,
            "tracking_uri": without_password(uri),
            "model": model_name(configuration) if configuration.publish.enabled else None,
        },
        "data": {
            "source": configuration.dataset.source,
            "fingerprint": data.training.fingerprint,
            "image_shape": list(data.training.image_shape),
            "pixels": data.training.pixels.to_dict(),
            "dtype": open_test_images(data.sealed.directory).dtype.name,
            "sizes": {
                "train": data.training.n_train,
                "validation": data.training.n_validation,
                "test": data.sealed.n_samples,
            },
            "folds": summarise_folds(data.training),
            "classes": list(data.training.class_names),
            "duplicates_across_splits": dict(data.hygiene.identical),
            "near_duplicates_across_splits": dict(data.hygiene.near_identical),
            "conflicting_labels": data.hygiene.conflicting_labels,
            "dropped_from_train": data.hygiene.dropped_from_train,
            "constant_features": data.n_constant_features,
            "findings": [*data.findings, *evaluation["findings"]],
        },
        "members": [summarise_member(member, evaluation["members"]) for member in members],
        "pool": evaluation["pool"],
        "ensemble": evaluation["ensemble"],
        "label_errors": evaluation["label_errors"],
        # One member differs from nobody.
        **({"diversity": evaluation["diversity"]} if "diversity" in evaluation else {}),
        **({"search": summarise_searches(searches, evaluation["bought"])} if searches else {}),
        "stages": stages.to_dict(),
    }


def summarise_folds(data: TrainingData) -> dict[str, Any] | None:
    """What the folds are; None where everything is chosen on the validation split."""
    if data.folds is None:
        return None
    return {
        "n": data.folds.n_folds,
        "seed": data.folds.seed,
        "member": data.folds.member,
        "n_images": data.n_train + data.n_validation,
    }


def summarise_searches(
    searches: Sequence[SearchResult], bought: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """An entry a search, with what it bought on test where that could be measured."""
    return [
        dict(search.summary)
        | ({"bought_on_test": bought[search.name]} if search.name in bought else {})
        for search in searches
    ]


def summarise_member(member: Member, evaluated: Mapping[str, Any]) -> dict[str, Any]:
    """A member's entry; one that failed has its error and no figures."""
    entry: dict[str, Any] = {
        "name": member.name,
        "architecture": member.architecture,
        "status": member.status,
        "cached": member.status == "reused",
        "key": member.key,
        "run_id": member.run_id,
    }
    if member.error is not None:
        return entry | {"error": member.error}
    if member.costs is not None:
        entry |= asdict(member.costs)
    entry |= evaluated[member.name]
    return entry
