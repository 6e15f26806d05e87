"""What a published ensemble answers, for every rule that can have made its pool."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from ripieno.models import MODELS
from ripieno.models.model_folders import fold_folder
from ripieno.pooling import RULES, fit_pool
from ripieno.pooling.pool import Pool
from ripieno.pooling.prediction_sets import fit_prediction_sets
from ripieno.serving.bundle import Bundle, write_bundle
from ripieno.serving.ensemble import Ensemble

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation"
)  # Keras 3.15 with NumPy 2.4


def published(trained, pool, folder):
    dtype = trained.images.dtype
    bundle = Bundle.of(trained.members, pool, trained.class_names, (8, 8, 1), dtype)
    write_bundle(bundle, "# Card", "key", folder / "bundle")
    return Ensemble.load(folder / "bundle")


@pytest.fixture(scope="module")
def uniform(trained, tmp_path_factory):
    pool = Pool("uniform", np.full(3, 1 / 3), np.ones(3))
    return published(trained, pool, tmp_path_factory.mktemp("uniform"))


@pytest.mark.parametrize("rule", RULES)
def test_the_published_ensemble_is_the_pool_of_its_members(rule, trained, tmp_path):
    pool = fit_pool(rule, trained.proba, trained.labels)
    answer = published(trained, pool, tmp_path).predict(trained.images)
    np.testing.assert_allclose(answer.proba, pool.predict_proba(trained.proba), atol=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_members_of_weight_zero_are_left_out(rule, trained, tmp_path):
    pool = fit_pool(rule, trained.proba, trained.labels)
    ensemble = published(trained, pool, tmp_path)
    needed = [m.name for m, weight in zip(trained.members, pool.weights, strict=True) if weight]
    assert [member.name for member in ensemble.bundle.members] == needed
    assert sorted(p.name for p in (tmp_path / "bundle" / "members").iterdir()) == sorted(needed)


def test_temperatures_of_members_and_pool_are_applied(trained, tmp_path):
    pool = Pool("linear_pool", np.array([0.5, 0.2, 0.3]), np.array([0.5, 3.0, 1.5]), temperature=2)
    answer = published(trained, pool, tmp_path).predict(trained.images[:90])
    np.testing.assert_allclose(answer.proba, pool.predict_proba(trained.proba[:, :90]), atol=1e-6)


def test_an_image_alone_gets_what_it_gets_among_others(uniform, trained):
    together = uniform.predict(trained.images)
    alone = uniform.predict(trained.images[7:8])
    np.testing.assert_allclose(alone.proba[0], together.proba[7], atol=1e-6)


def test_an_ensemble_of_scikit_learn_alone_needs_no_network(trained, tmp_path):
    pool = Pool("best_member", np.array([0.0, 0.0, 1.0]), np.ones(3))
    answer = published(trained, pool, tmp_path).predict(trained.images)
    np.testing.assert_allclose(answer.proba, trained.proba[2], atol=1e-12)


def test_agreement_tells_which_members_say_the_same(uniform, trained):
    answer = uniform.predict(trained.images)
    by_hand = trained.proba.argmax(axis=2) == trained.proba.mean(axis=0).argmax(axis=1)
    np.testing.assert_array_equal(answer.agreement, by_hand.T)


def test_lists_are_taken_as_arrays_are(uniform, trained):
    listed = uniform.predict(trained.images[:3].tolist())
    np.testing.assert_array_equal(listed.proba, uniform.predict(trained.images[:3]).proba)


def test_a_member_of_all_folds_answers_as_its_models_pooled_within_each(trained, tmp_path):
    # Two folds: the members as they are, and another of each architecture.
    _network, dense, forest = trained.members
    folded = []
    for member in (dense, forest):
        for fold in range(2):
            shutil.copytree(member.directory, fold_folder(tmp_path / member.name, fold))
        folded.append(replace(member, directory=tmp_path / member.name))
    other = MODELS["dense_batchnorm"].load(dense.directory)
    other.set_weights([weights * 1.5 for weights in other.get_weights()])
    MODELS["dense_batchnorm"].save(other, fold_folder(tmp_path / dense.name, 1))
    pool = Pool("log_pool", np.array([0.7, 0.6]), np.array([1.0, 2.0]), combination="geometric")
    bundle = Bundle.of(folded, pool, trained.class_names, (8, 8, 1), trained.images.dtype)
    write_bundle(bundle, "# Card", "key", tmp_path / "bundle")
    answer = Ensemble.load(tmp_path / "bundle").predict(trained.images)
    changed = MODELS["dense_batchnorm"].predict_proba(other, trained.images)
    first = pool.predict_proba(trained.proba[1:])
    second = pool.predict_proba(np.stack([changed, trained.proba[2]]))
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_allclose(answer.proba, (first + second) / 2, atol=1e-6)
    assert answer.agreement.shape == (300, 2)


def test_prediction_sets_are_those_of_the_pool(trained, tmp_path):
    sets = fit_prediction_sets(trained.proba.mean(axis=0), trained.labels, 0.9)
    # The sample that the threshold is of may be served in another last digit.
    sets = replace(sets, threshold=sets.threshold - 1e-6)
    pool = Pool("uniform", np.full(3, 1 / 3), np.ones(3), prediction_sets=sets)
    answer = published(trained, pool, tmp_path).predict(trained.images)
    held = [
        trained.class_names[label] in names
        for label, names in zip(trained.labels, answer.prediction_sets, strict=True)
    ]
    assert np.count_nonzero(held) == 271  # ceil(301 x 0.9) of the samples it was calibrated on


def test_an_ensemble_without_a_threshold_answers_without_sets(uniform, trained):
    assert uniform.predict(trained.images[:2]).prediction_sets is None
