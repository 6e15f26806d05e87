"""Temperature scaling: one number per member makes its confidence honest.

Probabilities are raised to the power 1/T and renormalised: T > 1 tempers an overconfident member,
T < 1 sharpens an underconfident one; the predicted classes stay. The log-loss is convex in 1/T.

References:
    Guo, Pleiss, Sun & Weinberger (2017), On Calibration of Modern Neural Networks.
"""

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR, check_proba
from ripieno.types import FloatArray, IntArray

MAX_TEMPERATURE = 20.0
"""Temperatures stay within [1/20, 20]: separable samples would drive them to 0."""
_FLAT = 1e-10  # slope in nats below which there is nothing to gain


def fit_temperature(proba: FloatArray, labels: IntArray) -> float:
    """The temperature of lowest validation log-loss.

    Args:
        proba: One member's class probabilities of shape (n_samples, n_classes), zeros and ones
            welcome: values below `PROBABILITY_FLOOR` count as the floor.
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [1/20, 20]; exactly 1 where scaling gains nothing.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    from scipy.optimize import brentq  # here, since the command line reads the rules' names

    check_proba(proba, labels)
    logits = np.log(np.maximum(proba, PROBABILITY_FLOOR, dtype=np.float64))
    logits -= logits[np.arange(len(labels)), labels][:, np.newaxis]  # the true class at 0
    if abs(_slope(1.0, logits)) <= _FLAT:
        return 1.0
    if _slope(MAX_TEMPERATURE, logits) <= 0.0:
        return 1.0 / MAX_TEMPERATURE
    if _slope(1.0 / MAX_TEMPERATURE, logits) >= 0.0:
        return MAX_TEMPERATURE
    inverse = brentq(_slope, 1.0 / MAX_TEMPERATURE, MAX_TEMPERATURE, args=(logits,), xtol=1e-9)
    return 1.0 / float(inverse)


def _slope(inverse: float, logits: NDArray[np.float64]) -> float:
    """Derivative of the log-loss by the inverse temperature, in nats; it only ever rises.

    With the true class at 0 it is the mean logit under the scaled probabilities.
    """
    powers = inverse * (logits - logits.max(axis=1, keepdims=True))
    np.exp(powers, out=powers)
    expected = np.einsum("ic,ic->i", powers, logits) / powers.sum(axis=1)
    return float(np.mean(expected))


def scale_temperature(proba: FloatArray, temperature: float) -> NDArray[np.float64]:
    """Probabilities at a temperature: `p^(1/T)`, renormalised.

    Args:
        proba: Class probabilities of shape (..., n_classes). Values below `PROBABILITY_FLOOR`
            count as the floor.
        temperature: Positive; 1 changes nothing but the floor.

    Returns:
        Float64 probabilities of the same shape.

    Raises:
        ValueError: If the temperature is not a positive finite number.
    """
    if not 0.0 < temperature < np.inf:
        raise ValueError(f"temperature: expected a positive number, received {temperature}.")
    floored = np.maximum(proba, PROBABILITY_FLOOR, dtype=np.float64)
    if temperature == 1.0:
        return floored
    scaled = np.log(floored, out=floored)
    scaled /= temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=-1, keepdims=True)
    return scaled
