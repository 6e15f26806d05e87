import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, ks_2samp

from ripieno.drift.tally import Tally
from ripieno.drift.two_sample import holm, homogeneity, kolmogorov_smirnov

SAMPLES = st.lists(st.integers(-5, 5), min_size=2, max_size=60)


@given(reference=SAMPLES, values=SAMPLES)
def test_the_distance_and_its_p_value_are_scipys(reference, values):
    tally = Tally(np.array(reference, float))
    tally.add(np.array(values, float))
    distance, p_value = kolmogorov_smirnov(tally, len(reference))
    expected = ks_2samp(values, reference, method="asymp")
    assert distance == pytest.approx(expected.statistic, abs=1e-12)
    assert p_value == pytest.approx(expected.pvalue, abs=1e-9)


def test_homogeneity_is_scipys_chi_squared_test():
    counts, reference = np.array([30, 20, 50]), np.array([60, 60, 60])
    expected = chi2_contingency([counts, reference], correction=False)
    assert homogeneity(counts, reference) == pytest.approx((expected.statistic, expected.pvalue))


def test_rare_classes_are_taken_together():
    counts, reference = np.array([100, 2, 3, 0]), np.array([200, 5, 5, 0])
    expected = chi2_contingency([[100, 5], [200, 10]], correction=False)
    assert homogeneity(counts, reference)[1] == pytest.approx(expected.pvalue)


def test_one_class_alone_cannot_differ():
    assert homogeneity(np.array([50, 0]), np.array([90, 0])) == (0.0, 1.0)


def test_holm_multiplies_by_the_tests_that_are_left():
    # By hand: 0.01 * 3, then 0.03 * 2 = 0.06, then max(0.06, 0.04 * 1).
    adjusted = holm({"c": 0.04, "a": 0.01, "b": 0.03})
    assert list(adjusted) == ["c", "a", "b"]
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})


def test_an_adjusted_p_value_is_one_at_most():
    assert holm({"a": 0.7, "b": 0.9}) == {"a": 1.0, "b": 1.0}
