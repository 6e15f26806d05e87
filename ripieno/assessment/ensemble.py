"""What the ensemble is worth on test, alone and against what it has to beat."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.assessment.evidence import Evidence
from ripieno.assessment.weighing import Weighing
from ripieno.evaluation.classification import confusion_matrix, per_class_scores
from ripieno.evaluation.closed_intervals import proportion_interval
from ripieno.evaluation.comparison import BEST_MEMBER, Comparison, compare, headline
from ripieno.evaluation.intervals import score_intervals
from ripieno.evaluation.metrics import calibration_bins
from ripieno.pooling.prediction_sets import PredictionSets
from ripieno.types import FloatArray

REFERENCE_NAMES = {"uniform": "the plain mean", "greedy_selection": "greedy selection"}


def ensemble_section(weighing: Weighing, evidence: Evidence, seed: int) -> dict[str, Any]:
    """The `ensemble` section of `summary.json`.

    Args:
        weighing: What validation decided.
        evidence: Probabilities and labels of the run.
        seed: Of the resampling.
    """
    proba = weighing.pool.predict_proba(evidence.test)
    labels = evidence.test_labels
    intervals = score_intervals(proba, labels, seed=seed)
    compared = {
        rule: _compare(rule, proba, weighing, evidence, seed) for rule in weighing.references
    }
    best = compared[BEST_MEMBER]
    test = {metric: interval.mid for metric, interval in intervals.items()}
    return {
        "validation": weighing.validation,
        "test": test,
        "test_intervals": {metric: each.as_list() for metric, each in intervals.items()},
        "best_member": weighing.names[weighing.best_member],
        "headline": headline(intervals, best),
        "gain_over_best_member": {
            metric: best.to_dict()[metric] for metric in ("accuracy", "log_loss", "brier")
        },
        "comparisons": [comparison.to_dict() for comparison in compared.values()],
        "per_class": _per_class(proba, weighing, evidence),
        "confusion_matrix": confusion_matrix(proba, labels).tolist(),
        "calibration": {
            "before": calibration_bins(
                weighing.uncalibrated.predict_proba(evidence.test), labels
            ).to_dict(),
            "after": calibration_bins(proba, labels).to_dict(),
        },
    } | (
        {"prediction_sets": _set_scores(sets, proba, evidence)}
        if (sets := weighing.prediction_sets)
        else {}
    )


def _compare(
    rule: str, proba: FloatArray, weighing: Weighing, evidence: Evidence, seed: int
) -> Comparison:
    name = REFERENCE_NAMES.get(rule, weighing.names[weighing.best_member])
    pool = weighing.references[rule]
    reference = pool.predict_proba(evidence.test)
    note = "calibrated" if pool.is_calibrated else "not calibrated"
    if rule == BEST_MEMBER:
        note = f"{evidence.chosen if len(weighing.names) > 1 else 'the only one'}, {note}"
    return compare(rule, name, proba, reference, evidence.test_labels, note=note, seed=seed)


def _per_class(proba: FloatArray, weighing: Weighing, evidence: Evidence) -> list[dict[str, Any]]:
    """A line a class, with what the best member scores there."""
    labels = evidence.test_labels
    ensemble = per_class_scores(proba, labels)
    alone = per_class_scores(evidence.member_test[weighing.best_member], labels)
    return [
        {
            "class": name,
            "support": int(ensemble.support[k]),
            "precision": float(ensemble.precision[k]),
            "recall": float(ensemble.recall[k]),
            "f1": float(ensemble.f1[k]),
            "best_member_f1": float(alone.f1[k]),
        }
        for k, name in enumerate(evidence.class_names)
    ]


def _set_scores(sets: PredictionSets, proba: FloatArray, evidence: Evidence) -> dict[str, Any]:
    """What the prediction sets hold on test, of all images and of each class."""
    labels = evidence.test_labels
    inside = sets.contain(proba)
    covered = inside[np.arange(len(labels)), labels].astype(np.float64)
    sizes = inside.sum(axis=1)

    def scores(at: NDArray[np.bool_]) -> dict[str, Any]:
        return {
            "coverage": proportion_interval(covered[at]).as_list(),
            "mean_size": float(sizes[at].mean()),
            "singletons": float(np.mean(sizes[at] == 1)),
            "empty": float(np.mean(sizes[at] == 0)),
        }

    everything = np.ones(len(labels), dtype=np.bool_)
    return {
        "test": scores(everything) | {"sizes": np.bincount(sizes).tolist()},
        "per_class": [
            {"class": name, "support": int(of_class.sum())} | scores(of_class)
            for k, name in enumerate(evidence.class_names)
            if (of_class := labels == k).any()
        ],
    }
