"""Validation probabilities like those of trained members: correlated, of unequal worth."""

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)  # machines that test are busy
settings.load_profile("no deadline")


def simulate(n_members, n_samples, n_classes=4, seed=0, sharpness=1.5):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, size=n_samples)
    common = rng.normal(size=(n_samples, n_classes))
    common[np.arange(n_samples), labels] += 1.5
    noise = rng.normal(size=(n_members, n_samples, n_classes))
    spread = np.linspace(0.5, 1.5, n_members)[:, np.newaxis, np.newaxis]
    powers = np.exp(sharpness * (common + spread * noise))
    return powers / powers.sum(axis=2, keepdims=True), labels


@pytest.fixture(name="simulate")
def simulate_fixture():
    return simulate


@pytest.fixture
def validation():
    return simulate(5, 400)
