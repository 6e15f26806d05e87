import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from ripieno.models.learnt_values import count_learnt_values

FEATURES = np.random.default_rng(0).normal(size=(40, 5))
LABELS = np.arange(40) % 3


def test_arrays_of_all_steps_are_counted():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(FEATURES, LABELS)

    # Mean, variance and scale; coefficients, intercepts, classes and the iterations taken.
    assert count_learnt_values(pipeline) == 3 * 5 + (3 * 5 + 3 + 3 + 1)


def test_larger_tree_holds_more_values():
    small, large = (
        DecisionTreeClassifier(max_depth=depth).fit(FEATURES, LABELS) for depth in (1, None)
    )

    assert 0 < count_learnt_values(small) < count_learnt_values(large)


def test_shared_array_counts_once():
    shared = np.zeros(7)

    assert count_learnt_values([shared, {"again": shared}]) == 7
