import numpy as np
import pytest

from ripieno.training.out_of_fold import mean_history, out_of_fold, refit_epoch


def test_every_sample_has_the_probabilities_of_its_fold():
    folds = np.array([1, 0, 2, 0, 1])
    proba = [
        np.array([[0.1, 0.9], [0.3, 0.7]]),
        np.array([[0.0, 1.0], [0.4, 0.6]]),
        np.array([[0.2, 0.8]]),
    ]
    joined = out_of_fold(proba, folds)
    np.testing.assert_array_equal(joined[:, 0], [0.0, 0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("best", "median"), [([3], 3), ([9, 1, 4], 4), ([2, 8], 8), ([5, 1, 7, 6], 6)]
)
def test_the_refit_ends_at_the_median_of_the_best_epochs(best, median):
    assert refit_epoch(best) == median


def test_the_mean_curve_is_of_the_trainings_that_got_so_far():
    def epochs(*values):
        return [
            {"number": n, "n_epochs": 3, "seconds": 2.0, "metrics": {"validation_log_loss": v}}
            for n, v in enumerate(values, start=1)
        ]

    history = mean_history([epochs(0.5, 0.3), epochs(0.7, 0.5, 0.4)])
    assert [epoch["number"] for epoch in history] == [1, 2, 3]
    values = [epoch["metrics"]["validation_log_loss"] for epoch in history]
    assert values == pytest.approx([0.6, 0.4, 0.4])
    assert [epoch["seconds"] for epoch in history] == [4.0, 4.0, 2.0]
