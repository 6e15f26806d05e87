"""Validation probabilities like those of trained image classifiers.

Members are right on 94 samples in a hundred, at log-losses of 0.23 to 0.24, as our convolutional
members are on Fashion-MNIST: some samples are easy and some hard for all of them, what they have in
common weighs more than what is their own, and the last is the noisiest. The more alike members are,
the more iterations EM needs.
"""

from typing import Any

N_CLASSES = 10
_MARGIN = 10.0  # mean advantage of the true class, in nats
_OWN_NOISE = (0.4, 0.6)  # of the first member and the last, beside a common one of 1


def simulated_proba(n_members: int, n_samples: int, seed: int = 0) -> Any:
    """Probabilities of shape (n_members, n_samples, 10) and labels of shape (n_samples,)."""
    import numpy as np

    rng = np.random.default_rng(seed)
    labels = rng.integers(0, N_CLASSES, size=n_samples)
    common = rng.normal(size=(n_samples, N_CLASSES))
    common[np.arange(n_samples), labels] += _MARGIN * rng.gamma(2.0, 0.5, size=n_samples)
    logits = rng.normal(size=(n_members, n_samples, N_CLASSES))
    logits *= np.linspace(*_OWN_NOISE, n_members)[:, np.newaxis, np.newaxis]
    logits += common
    logits -= logits.max(axis=2, keepdims=True)
    powers = np.exp(logits, out=logits)
    powers /= powers.sum(axis=2, keepdims=True)
    return powers, labels


def simulated_likelihood(n_members: int, n_samples: int) -> Any:
    """What such members give the true classes, of shape (n_members, n_samples)."""
    import numpy as np

    from ripieno.pooling.true_class import true_class_proba

    likelihood = np.empty((n_members, n_samples))
    for start in range(0, n_samples, 20_000):
        part = likelihood[:, start : start + 20_000]
        part[:] = true_class_proba(*simulated_proba(n_members, part.shape[1], seed=start))
    return likelihood
