import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from ripieno.serving.forest import compile_forest


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, RandomForestClassifier])
@pytest.mark.parametrize("max_depth", [None, 1, 3])
def test_all_trees_at_once_say_what_scikit_learn_says(kind, max_depth):
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(120, 5)), rng.integers(0, 4, 120)
    forest = kind(n_estimators=17, max_depth=max_depth, random_state=0).fit(rows, labels)
    new = rng.normal(size=(40, 5))
    np.testing.assert_allclose(compile_forest(forest)(new), forest.predict_proba(new), rtol=1e-12)


def test_a_forest_of_single_leaves_gives_their_shares():
    forest = ExtraTreesClassifier(n_estimators=3, random_state=0).fit(
        np.zeros((4, 1)), [0, 0, 0, 1]
    )
    np.testing.assert_allclose(compile_forest(forest)(np.ones((2, 1))), [[0.75, 0.25]] * 2)
