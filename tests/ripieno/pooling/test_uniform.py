import numpy as np

from ripieno.pooling.uniform import uniform


def test_predicts_the_plain_mean(validation):
    proba, labels = validation
    pool = uniform(proba, labels)
    assert pool.certificate is None
    np.testing.assert_allclose(pool.predict_proba(proba), proba.mean(axis=0), rtol=1e-12)
