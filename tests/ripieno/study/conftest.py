"""Settings of the property tests, and probabilities of teams that are easy to tell apart."""

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)  # machines that test are busy
settings.load_profile("no deadline")


def simulated(rng, skills, n_seeds, labels, n_classes=3):
    """Probabilities of shape (n_architectures, n_seeds, n_samples, n_classes).

    Members of an architecture share what they get wrong; the higher its skill, the less that is.
    """
    shape = (len(skills), n_seeds, len(labels), n_classes)
    logits = rng.normal(size=shape) * 0.3 + rng.normal(size=shape)[:, :1] * 1.5
    logits[..., np.arange(len(labels)), labels] += np.array(skills)[:, np.newaxis, np.newaxis]
    proba = np.exp(logits)
    return proba / proba.sum(axis=-1, keepdims=True)


@pytest.fixture
def simulate():
    return simulated
