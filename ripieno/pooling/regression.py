"""Multinomial logistic regression on top of logits that are known to be sensible."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray, IntArray

_MAX_ITERATIONS = 100


@dataclass(frozen=True)
class Correction:
    """A linear map from features to what is added to the logits.

    Attributes:
        maps: Of shape (n_features, n_classes).
        intercepts: Of shape (n_classes,).
    """

    maps: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def apply(self, features: FloatArray, logits: FloatArray) -> NDArray[np.float64]:
        """Corrected logits of shape (n_samples, n_classes)."""
        return np.asarray(logits + features @ self.maps + self.intercepts)


class CorrectionProblem:
    """Finds corrections of lowest penalised log-loss, for one penalty after another.

    Features are turned to their principal axes and scaled, so that the search needs few steps;
    the solution is that of a plain ridge penalty on the map and the intercepts.

    Args:
        features: Of shape (n_samples, n_features).
        logits: What is corrected, of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,); a class without a sample is hardly corrected.
        counts: How much each sample counts, of shape (n_samples,), 1 on average.
    """

    def __init__(
        self,
        features: NDArray[np.float64],
        logits: NDArray[np.float64],
        labels: IntArray,
        counts: NDArray[np.float64],
    ) -> None:
        extended = np.hstack([features, np.ones((len(features), 1))])
        self._spread, self._axes = np.linalg.eigh(extended.T @ extended / len(extended))
        self._turned = extended @ self._axes
        self._logits, self._labels, self._counts = logits, labels, counts

    def solve(self, penalty: float, start: Correction | None = None) -> Correction:
        """Minimise the mean log-loss plus `penalty / 2` times the sum of squared coefficients.

        Args:
            penalty: Positive, in nats.
            start: Where to begin; at no correction by default.

        Returns:
            The correction.
        """
        from scipy.optimize import minimize  # here, since the command line reads the rules' names

        scale = np.sqrt(np.maximum(self._spread, 0.0) + penalty)[:, np.newaxis]
        features = self._turned / scale.T
        share = penalty / scale**2  # of the penalty in each scaled coefficient
        shape = (len(scale), self._logits.shape[1])

        def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            maps = parameters.reshape(shape)
            losses, proba = softmax_losses(self._logits + features @ maps, self._labels)
            proba[np.arange(len(proba)), self._labels] -= 1.0
            proba *= self._counts[:, np.newaxis]
            gradient = features.T @ proba / len(proba) + share * maps
            value = np.mean(self._counts * losses) + 0.5 * np.sum(share * maps * maps)
            return float(value), gradient.ravel()

        first = np.zeros(shape) if start is None else self._scaled(start, scale)
        options = {"maxiter": _MAX_ITERATIONS, "gtol": 1e-6}
        solution = minimize(objective, first.ravel(), jac=True, method="L-BFGS-B", options=options)
        maps = self._axes @ (solution.x.reshape(shape) / scale)
        return Correction(maps[:-1], maps[-1])

    def _scaled(self, correction: Correction, scale: NDArray[np.float64]) -> NDArray[np.float64]:
        """The parameters that stand for a correction."""
        maps = np.vstack([correction.maps, correction.intercepts])
        return np.asarray(self._axes.T @ maps * scale)


def softmax_losses(
    logits: NDArray[np.float64], labels: IntArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each sample's log-loss (n_samples,) and probabilities (n_samples, n_classes)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1)
    losses = np.log(total) - shifted[np.arange(len(labels)), labels]
    return losses, powers / total[:, np.newaxis]
