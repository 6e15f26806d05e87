"""What each member scores, and what it is worth to the ensemble."""

from functools import partial
from typing import Any

import numpy as np

from ripieno.assessment.evidence import Evidence
from ripieno.assessment.weighing import Weighing
from ripieno.evaluation.intervals import score_intervals
from ripieno.evaluation.metrics import METRICS
from ripieno.pooling.contribution import Contribution, fit_recipe, leave_one_out


def member_sections(weighing: Weighing, evidence: Evidence, seed: int) -> dict[str, dict[str, Any]]:
    """For each member its part of the `members` section of `summary.json`.

    Scores are of the member as it is, before any temperature.

    Args:
        weighing: What validation decided.
        evidence: Probabilities and labels of the run.
        seed: Of the resampling.
    """
    gains = _gains(weighing, evidence, seed)
    return {
        name: _scores(member, evidence, seed)
        | {
            "weight": float(weighing.pool.weights[member]),
            "temperature": float(weighing.pool.temperatures[member]),
        }
        | ({"leave_one_out": gains[member].to_dict()} if member in gains else {})
        for member, name in enumerate(weighing.names)
    }


def _scores(member: int, evidence: Evidence, seed: int) -> dict[str, Any]:
    validation = evidence.validation[member]
    intervals = score_intervals(evidence.member_test[member], evidence.test_labels, seed=seed)
    return {
        "validation": {
            name: float(metric(validation, evidence.labels)) for name, metric in METRICS.items()
        },
        "test": {metric: interval.mid for metric, interval in intervals.items()},
        "test_intervals": {metric: each.as_list() for metric, each in intervals.items()},
    }


def _gains(weighing: Weighing, evidence: Evidence, seed: int) -> dict[int, Contribution]:
    """The leave-one-out gain of every member that the rule could give weight to."""
    members = np.flatnonzero(weighing.available)
    fit = partial(fit_recipe, weighing.choice.chosen.recipe, objective=weighing.choice.objective)
    gains = leave_one_out(
        fit,
        evidence.validation[members],
        evidence.labels,
        np.take(evidence.test, members, axis=-3),
        evidence.test_labels,
        seed=seed,
    )
    return dict(zip(members.tolist(), gains, strict=False))
