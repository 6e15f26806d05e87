"""How different the members are, and what that leaves to gain."""

import math
from typing import Any

import numpy as np

from ripieno.assessment.evidence import Evidence
from ripieno.assessment.weighing import Weighing
from ripieno.evaluation.ambiguity import ambiguity_decomposition
from ripieno.evaluation.diversity import all_pairwise, oracle_accuracy
from ripieno.pooling.calibration import fit_temperature, scale_temperature, zero_floor


def diversity_section(weighing: Weighing, evidence: Evidence) -> dict[str, Any]:
    """The `diversity` section of `summary.json`, measured on test.

    The decomposition of the log-loss is that of the plain geometric mean of calibrated members:
    overconfidence is not diversity.

    Args:
        weighing: What validation decided.
        evidence: Probabilities and labels of the run, of two members or more.
    """
    test, labels = evidence.member_test, evidence.test_labels
    calibrated = np.stack(
        [
            scale_temperature(
                proba, fit_temperature(validation, evidence.labels), zero_floor(validation)
            )
            for proba, validation in zip(test, evidence.validation, strict=True)
        ]
    )
    matrices = {name: _as_json(matrix) for name, matrix in all_pairwise(test, labels).items()}
    return (
        {"members": list(weighing.names)}
        | matrices
        | {
            "oracle_accuracy": oracle_accuracy(test, labels),
            "ambiguity": ambiguity_decomposition(calibrated, labels).to_dict(),
        }
    )


def _as_json(matrix: np.ndarray) -> list[list[float | None]]:
    """Rows of values, None where one is undefined: JSON has no NaN."""
    return [[None if math.isnan(value) else float(value) for value in row] for row in matrix]
