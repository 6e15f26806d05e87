"""Fit any rule by name, the members calibrated first."""

from dataclasses import replace

import numpy as np

from ripieno import pooling
from ripieno.errors import ConfigurationError, unknown_name
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling.calibration import fit_temperature, scale_temperature
from ripieno.pooling.pool import Pool
from ripieno.types import FloatArray, IntArray


def fit_pool(
    rule: str, proba: FloatArray, labels: IntArray, scale_temperatures: bool = True
) -> Pool:
    """Scale each member's temperature on validation, then fit the rule.

    The rule is fitted to the members as they are as well, and the pool of lower validation
    log-loss is kept, for calibrated members do not always make the better mean: so
    `linear_pool` is never worse on validation than the best member or the plain mean, scaled or
    not.

    Args:
        rule: A key of `RULES`.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        scale_temperatures: Whether temperatures other than 1 may be used.

    Returns:
        The pool, temperatures included: it takes the members' probabilities as they are.

    Raises:
        ConfigurationError: If the rule is unknown.
        ValueError: If the input is not probabilities and labels.
    """
    if rule not in pooling.RULES:
        raise ConfigurationError(unknown_name("rule", rule, pooling.RULES))
    as_they_are = pooling.RULES[rule](proba, labels)
    if not scale_temperatures:
        return as_they_are
    temperatures = np.array([fit_temperature(member, labels) for member in proba])
    if np.all(temperatures == 1.0):
        return as_they_are
    scaled = np.empty(proba.shape)
    for member, temperature in enumerate(temperatures):
        scaled[member] = scale_temperature(proba[member], float(temperature))
    calibrated = replace(pooling.RULES[rule](scaled, labels), temperatures=temperatures)
    candidates = (as_they_are, calibrated)  # the first of equals: fewer numbers to explain
    return min(candidates, key=lambda pool: log_loss(pool.predict_proba(proba), labels))
