import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss

from ripieno.assessment.diversity import diversity_section
from ripieno.assessment.ensemble import ensemble_section
from ripieno.assessment.members import member_sections
from ripieno.assessment.weighing import weigh


@pytest.fixture(scope="module")
def ensemble(weighing, evidence):
    return ensemble_section(weighing, evidence, seed=0)


@pytest.fixture(scope="module")
def members(weighing, evidence):
    return member_sections(weighing, evidence, seed=0)


@pytest.fixture(scope="module")
def proba(weighing, evidence):
    return weighing.pool.predict_proba(evidence.test)


def test_the_ensemble_is_scored_on_test(ensemble, evidence, proba):
    assert ensemble["test"]["log_loss"] == pytest.approx(log_loss(evidence.test_labels, proba))
    expected = accuracy_score(evidence.test_labels, proba.argmax(axis=1))
    assert ensemble["test"]["accuracy"] == pytest.approx(expected)


def test_every_figure_lies_in_its_interval(ensemble, members):
    for section in (ensemble, *members.values()):
        assert section["test_intervals"].keys() == section["test"].keys()
        for metric, (low, mid, high) in section["test_intervals"].items():
            assert low <= mid <= high
            assert mid == section["test"][metric]


def test_the_gain_is_over_the_calibrated_best_member(ensemble, weighing, evidence, proba):
    alone = weighing.references["best_member"].predict_proba(evidence.test)
    expected = log_loss(evidence.test_labels, alone) - log_loss(evidence.test_labels, proba)
    assert ensemble["best_member"] == "strong"
    assert ensemble["gain_over_best_member"]["log_loss"][1] == pytest.approx(expected)


def test_it_is_compared_with_all_it_has_to_beat(ensemble):
    compared = {line["reference"]: line["name"] for line in ensemble["comparisons"]}
    assert compared == {
        "best_member": "strong",
        "uniform": "the plain mean",
        "greedy_selection": "greedy selection",
    }


def test_it_says_how_the_best_member_was_made(ensemble, weighing, evidence, weighed):
    assert weighing.references["best_member"].temperatures[0] != 1.0
    assert "best member, strong (chosen on validation, calibrated), " in ensemble["headline"]
    raw = ensemble_section(weighed(scale_temperatures=False), evidence, seed=0)
    assert "best member, strong (chosen on validation, not calibrated), " in raw["headline"]


def test_a_lone_member_is_not_called_chosen(evidence):
    alone = replace(evidence, validation=evidence.validation[:1], test=evidence.test[:1])
    weighing = weigh("auto", ("only",), alone.validation, alone.labels, [1.0])
    assert (
        "its best member, only (the only one, " in ensemble_section(weighing, alone, 0)["headline"]
    )


def test_classes_are_scored_one_by_one(ensemble, evidence, proba):
    predicted = proba.argmax(axis=1)
    expected = f1_score(evidence.test_labels, predicted, average=None)
    assert [line["class"] for line in ensemble["per_class"]] == ["a", "b", "c", "d"]
    np.testing.assert_allclose([line["f1"] for line in ensemble["per_class"]], expected)
    matrix = confusion_matrix(evidence.test_labels, predicted)
    assert ensemble["confusion_matrix"] == matrix.tolist()


def test_members_are_scored_as_they_are(members, evidence):
    for name, proba in zip(members, evidence.test, strict=True):
        expected = log_loss(evidence.test_labels, proba)
        assert members[name]["test"]["log_loss"] == pytest.approx(expected)


def test_a_member_without_weight_is_worth_nothing(weighed, evidence):
    weighing = weighed("best_member")
    gains = member_sections(weighing, evidence, seed=0)
    assert gains["weak"]["leave_one_out"]["log_loss"] == [0.0, 0.0, 0.0]
    assert gains["strong"]["leave_one_out"]["log_loss"][1] > 0.0


def test_members_that_a_limit_left_out_have_no_gain(weighed, evidence):
    sections = member_sections(weighed(max_members=2), evidence, seed=0)
    assert ["leave_one_out" in section for section in sections.values()] == [True, True, False]


def test_diversity_is_symmetric_and_bounded_by_the_oracle(weighing, evidence, members):
    section = diversity_section(weighing, evidence)
    matrix = np.array(section["disagreement"])
    np.testing.assert_array_equal(matrix, matrix.T)
    best = max(member["test"]["accuracy"] for member in members.values())
    assert best <= section["oracle_accuracy"] <= 1.0


def test_a_member_that_is_always_right_leaves_no_nan(weighing, evidence):
    certain = evidence.test.copy()
    certain[0] = np.eye(4)[evidence.test_labels]
    section = diversity_section(weighing, replace(evidence, test=certain))
    assert section["q_statistic"][0][1] is None
    json.dumps(section, allow_nan=False)


def test_sections_are_json(ensemble, members):
    json.dumps([ensemble, members], allow_nan=False)


def test_prediction_sets_are_scored_on_test_in_all_and_by_class(weighed, evidence):
    weighing = weighed(coverage=0.8)
    section = ensemble_section(weighing, evidence, seed=0)["prediction_sets"]
    proba = weighing.pool.predict_proba(evidence.test)
    names = weighing.prediction_sets.names(proba, evidence.class_names)
    true = [evidence.class_names[label] for label in evidence.test_labels]
    hits = np.array([name in each for name, each in zip(true, names, strict=True)])
    sizes = np.array([len(each) for each in names])
    test = section["test"]
    assert test["coverage"][1] == pytest.approx(hits.mean())
    assert test["coverage"][0] < test["coverage"][1] < test["coverage"][2]
    assert test["mean_size"] == pytest.approx(sizes.mean())
    assert test["singletons"] == pytest.approx((sizes == 1).mean())
    assert test["sizes"] == [np.count_nonzero(sizes == n) for n in range(sizes.max() + 1)]
    of_b = evidence.test_labels == 1
    assert section["per_class"][1]["class"] == "b"
    assert section["per_class"][1]["support"] == of_b.sum()
    assert section["per_class"][1]["coverage"][1] == pytest.approx(hits[of_b].mean())
    json.dumps(section, allow_nan=False)


def test_a_class_without_test_images_has_no_coverage(weighed, evidence):
    kept = evidence.test_labels != 2
    fewer = replace(evidence, test=evidence.test[:, kept], test_labels=evidence.test_labels[kept])
    section = ensemble_section(weighed(coverage=0.8), fewer, seed=0)["prediction_sets"]
    assert [row["class"] for row in section["per_class"]] == ["a", "b", "d"]


def test_without_a_coverage_there_is_no_such_section(ensemble):
    assert "prediction_sets" not in ensemble
