from dataclasses import replace

import numpy as np
import pytest

from ripieno.drift.detection import CLASSES, DriftMeter
from ripieno.drift.reference import Reference

N = 1000


@pytest.fixture
def reference():
    rng = np.random.default_rng(0)
    return Reference(
        n_samples=N,
        image_shape=(8, 8, 1),
        dtype="uint8",
        class_names=("a", "b"),
        class_counts=np.array([600, 400]),
        statistics={"brightness": np.sort(rng.normal(size=N))},
    )


def verdict(reference, values, share_of_a=0.6, **settings):
    meter = DriftMeter(reference)
    n_a = round(share_of_a * len(values))
    classes = np.array([0] * n_a + [1] * (len(values) - n_a))
    meter.add({"brightness": np.asarray(values)}, classes)
    return meter.verdict(**settings)


def sample(n, shift=0.0, seed=1):
    return np.random.default_rng(seed).normal(shift, size=n)


def test_images_like_those_of_training_do_not_alarm(reference):
    drift = verdict(reference, sample(500))
    assert drift.drifted == ()
    assert (drift.n_images, drift.n_reference, drift.enough) == (500, N, True)


def test_a_shifted_statistic_drifts_alone(reference):
    assert verdict(reference, sample(500, shift=1.0)).drifted == ("brightness",)


def test_other_shares_of_classes_drift(reference):
    assert verdict(reference, sample(500), share_of_a=0.1).drifted == (CLASSES,)


def test_a_trifle_is_no_drift_however_many_images_show_it(reference):
    shift = verdict(reference, sample(200_000, shift=0.2)).shifts["brightness"]
    assert shift.adjusted_p_value < 1e-4
    assert shift.psi < 0.2
    assert not shift.drifted


def test_a_large_difference_by_chance_is_no_drift(reference):
    shift = verdict(reference, sample(12, shift=0.5, seed=3), min_images=1).shifts["brightness"]
    assert shift.psi > 0.2
    assert shift.adjusted_p_value > 0.01
    assert not shift.drifted


def test_too_few_images_never_alarm(reference):
    drift = verdict(reference, sample(49, shift=9.0))
    assert not drift.enough
    assert drift.drifted == ()


def test_the_largest_shift_comes_first(reference):
    drift = verdict(reference, sample(500, shift=3.0), share_of_a=0.2)
    assert drift.drifted == ("brightness", CLASSES)


def test_batches_add_up(reference):
    values = sample(300, shift=0.3)
    meter = DriftMeter(reference)
    for part in np.split(values, 3):
        meter.add({"brightness": part}, np.zeros(100, int))
    assert meter.verdict() == verdict(reference, values, share_of_a=1.0)


def test_no_image_is_no_verdict(reference):
    drift = DriftMeter(reference).verdict()
    assert (drift.shifts, drift.drifted, drift.enough) == ({}, (), False)


@pytest.mark.parametrize("n", [60, 200, 1000])
def test_unchanged_images_alarm_no_more_often_than_alpha(reference, n):
    # Reference and batches are drawn anew, as the guarantee is over both: 300 batches.
    rng = np.random.default_rng(n)
    alarms = 0
    for _ in range(300):
        drawn = replace(reference, statistics={"brightness": rng.normal(size=N)})
        alarms += bool(verdict(drawn, rng.normal(size=n), alpha=0.05, psi=0.0).drifted)
    assert alarms <= 0.05 * 300 + 3 * np.sqrt(0.05 * 0.95 * 300)
