"""The teams of one repeat: weighed on validation, all by the same rule.

In a repeat each of M architectures is trained from M seeds. The M seeds of one architecture are a
team; so are the M architectures at one seed. Both have M members, and each training belongs to one
team of either kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ripieno.evaluation.metrics import log_loss
from ripieno.pooling.fitting import fit_pool
from ripieno.pooling.pool import Pool
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Teams:
    """The pools of one repeat.

    A single member is a pool too, of one: it has its temperature scaled as the teams have, or
    calibration would pass for the gain of a team.

    Attributes:
        single: Of each training, by architecture and seed.
        same: Of the seeds of each architecture.
        different: Of the architectures at each seed.
        strongest: The architecture whose seeds have the lowest log-loss together on validation; of
            equal ones the first.
    """

    single: tuple[tuple[Pool, ...], ...]
    same: tuple[Pool, ...]
    different: tuple[Pool, ...]
    strongest: int

    def to_dict(self) -> dict[str, Any]:
        """The pools as JSON values."""
        return {
            "single": [[pool.to_dict() for pool in pools] for pools in self.single],
            "same": [pool.to_dict() for pool in self.same],
            "different": [pool.to_dict() for pool in self.different],
            "strongest": self.strongest,
        }


@dataclass(frozen=True, eq=False)
class Predictions:
    """What the teams of one repeat make of some images.

    Attributes:
        single: Of shape (n_architectures, n_seeds, n_samples, n_classes).
        same: Of shape (n_architectures, n_samples, n_classes).
        different: Of shape (n_seeds, n_samples, n_classes).
    """

    single: FloatArray
    same: FloatArray
    different: FloatArray


def fit_teams(
    rule: str,
    proba: FloatArray,
    labels: IntArray,
    scale_temperatures: bool = True,
    *,
    objective: str = "log_loss",
    seed: int = 0,
) -> Teams:
    """Weigh every team of a repeat on validation.

    Args:
        rule: A key of `RULES`.
        proba: Validation probabilities of shape (n_architectures, n_seeds, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        scale_temperatures: Whether temperatures other than 1 may be used.
        objective: What the rule minimises, where it can.
        seed: Of the folds.
    """

    def fit(rule: str, members: FloatArray) -> Pool:
        return fit_pool(rule, members, labels, scale_temperatures, objective=objective, seed=seed)

    same = tuple(fit(rule, members) for members in proba)
    losses = [
        log_loss(pool.predict_proba(members), labels)
        for pool, members in zip(same, proba, strict=True)
    ]
    return Teams(
        single=tuple(
            tuple(fit("uniform", member[np.newaxis]) for member in members) for members in proba
        ),
        same=same,
        different=tuple(fit(rule, proba[:, k]) for k in range(proba.shape[1])),
        strongest=int(np.argmin(losses)),
    )


def predict(teams: Teams, proba: FloatArray) -> Predictions:
    """What the teams make of images, from what their members make of them.

    Args:
        teams: The pools of a repeat.
        proba: Of shape (n_architectures, n_seeds, n_samples, n_classes), as in the fit.
    """
    return Predictions(
        single=np.stack(
            [
                _predict(pools, members[:, np.newaxis])
                for pools, members in zip(teams.single, proba, strict=True)
            ]
        ),
        same=_predict(teams.same, proba),
        different=_predict(teams.different, proba.swapaxes(0, 1)),
    )


def _predict(pools: Sequence[Pool], proba: FloatArray) -> FloatArray:
    """(n_pools, n_members, n_samples, n_classes) -> (n_pools, n_samples, n_classes)."""
    return np.stack(
        [pool.predict_proba(members) for pool, members in zip(pools, proba, strict=True)]
    )
