import numpy as np

from ripieno.pooling.true_class import true_class_proba


def test_picks_the_probability_of_the_true_class():
    proba = np.array([[[0.1, 0.9], [0.3, 0.7]], [[0.6, 0.4], [0.2, 0.8]]])
    np.testing.assert_array_equal(
        true_class_proba(proba, np.array([1, 0])), [[0.9, 0.3], [0.4, 0.2]]
    )


def test_result_shares_no_memory_with_the_input():
    proba = np.array([[[0.0, 1.0]]])
    picked = true_class_proba(proba, np.array([0]))
    assert picked[0, 0] == 2.0**-52
    assert proba[0, 0, 0] == 0.0
