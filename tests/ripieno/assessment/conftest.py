import numpy as np
import pytest

from ripieno.assessment.evidence import Evidence
from ripieno.assessment.weighing import weigh

NAMES = ("strong", "other", "weak")


def drawn(n_samples, seed):
    """Three members of falling skill that err on their own samples, and the truth."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n_samples)
    logits = rng.normal(0, 1, (3, n_samples, 4))
    for member, skill in enumerate((2.0, 1.6, 0.4)):
        logits[member, np.arange(n_samples), labels] += skill
    powers = np.exp(logits)
    return powers / powers.sum(axis=2, keepdims=True), labels


@pytest.fixture(scope="session")
def evidence():
    validation, labels = drawn(600, seed=1)
    test, test_labels = drawn(400, seed=2)
    return Evidence(validation, labels, test, test_labels, ("a", "b", "c", "d"))


@pytest.fixture(scope="session")
def weighed(evidence):
    """Weigh the members of the evidence by a rule."""

    def weighed(rule="linear_pool", **settings):
        return weigh(rule, NAMES, evidence.validation, evidence.labels, [3.0, 2.0, 1.0], **settings)

    return weighed


@pytest.fixture(scope="session")
def weighing(weighed):
    return weighed()
