import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from ripieno.errors import ConfigurationError
from ripieno.training.class_weights import class_weight_array

LABELS = np.array([0, 0, 0, 1, 1, 2])
NAMES = ("cat", "dog", "bird")


def test_no_weights_count_every_sample_once():
    assert class_weight_array(None, LABELS, NAMES).tolist() == [1, 1, 1]


def test_balanced_weights_are_those_of_scikit_learn():
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)

    np.testing.assert_allclose(class_weight_array("balanced", LABELS, NAMES), expected)


def test_named_weights_are_scaled_to_a_mean_of_one_a_sample():
    weights = class_weight_array({"bird": 4.0}, LABELS, NAMES)

    # Relative weights 1, 1, 4; their sum over the samples is 3 + 2 + 4 = 9 for 6 samples.
    np.testing.assert_allclose(weights, np.array([1, 1, 4]) * 6 / 9)


def test_unknown_class_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigurationError, match=r"class_weights: Unknown class 'birds'.*bird"):
        class_weight_array({"birds": 2.0}, LABELS, NAMES)


def test_class_without_samples_has_a_finite_weight():
    assert np.isfinite(class_weight_array("balanced", np.array([0, 0, 1]), NAMES)).all()
