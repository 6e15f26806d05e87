"""The log pool, unless the samples clearly ask for another rule."""

import logging

from ripieno.pooling.choice import choose_pool
from ripieno.pooling.log_pool import log_pool
from ripieno.pooling.objectives import OBJECTIVES, check_objective
from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

logger = logging.getLogger(__name__)


def auto(
    proba: FloatArray,
    labels: IntArray,
    *,
    scale_temperatures: bool = True,
    objective: str = "log_loss",
    seed: int = 0,
) -> Pool:
    """Compare all rules by cross-fitted cost and fit the one that wins.

    That is the log pool, unless another is clearly better: see `default_unless_beaten`.
    `choose_pool` hands out what was compared as well.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        scale_temperatures: Whether temperatures of the members and the pool are compared too.
        objective: A key of `OBJECTIVES`: what is compared, and minimised by the rules that can.
        seed: Of the folds.

    Returns:
        The pool of the rule that was chosen, under that rule's name.

    Raises:
        ConfigurationError: If the objective is unknown.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("auto", objective, tuple(OBJECTIVES))
    n_samples = true_class_proba(proba, labels).shape[1]
    if n_samples < 2:  # nothing to compare on
        return log_pool(proba, labels)
    choice = choose_pool("auto", proba, labels, scale_temperatures, objective=objective, seed=seed)
    for line in choice.rules_compared():
        logger.debug("auto: %s", line)
    return choice.pool
