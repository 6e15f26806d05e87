import pytest
from scipy import stats

from ripieno.evaluation.interval import Interval, normal_quantile


@pytest.mark.parametrize(
    ("interval", "excludes_zero"),
    [((0.1, 0.2, 0.3), True), ((-0.3, -0.2, -0.1), True), ((0.0, 0.1, 0.2), False)],
)
def test_interval_says_whether_it_excludes_zero(interval, excludes_zero):
    assert Interval(*interval).excludes_zero is excludes_zero


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_quantile_is_scipys(confidence):
    theirs = stats.norm.ppf(0.5 + confidence / 2)
    assert normal_quantile(confidence) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, float("nan")])
def test_confidence_is_a_share(confidence):
    with pytest.raises(ValueError, match=r"confidence: expected a value within \(0, 1\)"):
        normal_quantile(confidence)
