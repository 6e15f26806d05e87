"""What a search bought: its choice against the member as it was configured, honestly.

The lowest of many validation log-losses is optimistic, the more so the more there were. So the
choice is cross-fitted: for each fold the trial is chosen by the others, and scored on this one.
"""

from collections.abc import Sequence

import numpy as np

from ripieno.evaluation.cross_fit import N_FOLDS, stratified_folds
from ripieno.evaluation.interval import Interval
from ripieno.evaluation.significance import SAMPLE_SCORES, gain_interval
from ripieno.types import FloatArray, IntArray


def gain_of_search(
    trials: Sequence[FloatArray],
    configured: FloatArray,
    labels: IntArray,
    seed: int,
    metric: str = "log_loss",
) -> dict[str, Interval]:
    """Paired gains on validation of the search's choice over the member as configured.

    Args:
        trials: Validation probabilities of each complete trial, (n_samples, n_classes).
        configured: Those of the member as configured; it is a candidate too.
        labels: Validation labels of shape (n_samples,).
        seed: Of the folds and the resampling.
        metric: What the choice goes by, log_loss or accuracy.

    Returns:
        `log_loss` in nats and `accuracy` as a share, positive where the search helped.
    """
    score, sign = SAMPLE_SCORES[metric]
    candidates = [configured, *trials]
    losses = np.stack([-sign * score(proba, labels) for proba in candidates])
    folds = stratified_folds(labels, N_FOLDS, seed)
    chosen = np.empty(configured.shape)
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        best = int(np.argmin(losses[:, ~held_out].mean(axis=1)))
        chosen[held_out] = candidates[best][held_out]
    return {
        name: gain_interval(name, chosen, configured, labels, seed=seed)
        for name in ("log_loss", "accuracy")
    }
