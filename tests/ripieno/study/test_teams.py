import numpy as np
import pytest
from sklearn.metrics import log_loss

from ripieno.study.teams import fit_teams, predict


@pytest.fixture
def repeat(simulate):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    return labels, simulate(rng, [1.0, 2.0, 1.5], 3, labels)


def test_every_team_predicts_for_every_image(repeat):
    labels, proba = repeat
    predictions = predict(fit_teams("linear_pool", proba, labels), proba)
    assert predictions.single.shape == (3, 3, 200, 3)
    assert predictions.same.shape == (3, 200, 3)
    assert predictions.different.shape == (3, 200, 3)


def test_the_plain_mean_is_over_seeds_or_over_architectures(repeat):
    labels, proba = repeat
    teams = fit_teams("uniform", proba, labels, scale_temperatures=False)
    predictions = predict(teams, proba)
    np.testing.assert_allclose(predictions.single, proba)
    np.testing.assert_allclose(predictions.same, proba.mean(axis=1))
    np.testing.assert_allclose(predictions.different, proba.mean(axis=0))


def test_a_single_member_is_calibrated_as_a_team_is(repeat):
    labels, proba = repeat
    overconfident = proba**4 / (proba**4).sum(axis=-1, keepdims=True)
    single = predict(fit_teams("uniform", overconfident, labels), overconfident).single[0, 0]
    assert log_loss(labels, single) < log_loss(labels, overconfident[0, 0])


def test_the_strongest_architecture_has_the_best_seeds_on_validation(repeat):
    labels, proba = repeat
    assert fit_teams("linear_pool", proba, labels).strongest == 1


def test_of_equal_architectures_the_first_is_the_strongest(repeat):
    labels, proba = repeat
    equal = np.stack([proba[2], proba[1], proba[1]])
    assert fit_teams("uniform", equal, labels).strongest == 1


def test_teams_as_json_name_every_pool(repeat):
    labels, proba = repeat
    values = fit_teams("uniform", proba, labels).to_dict()
    assert [len(pools) for pools in values["single"]] == [3, 3, 3]
    assert {pool["rule"] for pool in values["same"] + values["different"]} == {"uniform"}
