import pytest
from sklearn.utils import all_estimators

from ripieno.models import MODELS
from ripieno.models.estimator_space import SPACES, USUAL, estimator_space
from ripieno.tuning.dimensions import Choices
from ripieno.tuning.space import Recorder, explore, recordings

CLASSIFIERS = dict(all_estimators("classifier"))


def space_of(name):
    return explore(lambda trial: SPACES[name](trial, name))


@pytest.mark.parametrize("name", SPACES)
def test_every_end_of_a_space_is_accepted_by_scikit_learn(name):
    for recorder in recordings(lambda trial: SPACES[name](trial, name)):
        params = SPACES[name](recorder, name)
        CLASSIFIERS[name](**params)._validate_params()
        MODELS["scikit_learn"].check((28, 28, 1), 10, estimator=name, params=params)


@pytest.mark.parametrize("name", SPACES)
def test_a_parameter_is_called_after_its_classifier(name):
    assert all(each.startswith(f"{name}.") for each in space_of(name))


@pytest.mark.parametrize("name", sorted(SPACES.keys() - {"MLPClassifier"}))
def test_what_is_searched_are_parameters_of_the_classifier(name):
    known = CLASSIFIERS[name]().get_params()
    assert {each.partition(".")[2] for each in space_of(name)} <= known.keys()


def test_a_perceptron_s_layers_are_equally_wide():
    name = "MLPClassifier"
    answers = {f"{name}.hidden_layers": 2, f"{name}.hidden_units": 80}
    assert SPACES[name](Recorder(answers), name)["hidden_layer_sizes"] == [80, 80]


def test_the_classifier_is_searched_first_and_then_its_own_parameters_alone():
    recorder = Recorder({"estimator": "SVC"})
    settings = estimator_space(recorder)
    assert list(recorder.space) == ["estimator", "SVC.C", "SVC.kernel"]
    assert settings == {"estimator": "SVC", "params": {"C": 100.0, "kernel": "poly"}}


def test_every_usual_classifier_has_a_space():
    assert set(USUAL) <= SPACES.keys()
    assert explore(estimator_space)["estimator"] == Choices(USUAL)


def test_a_classifier_without_a_space_has_scikit_learn_s_parameters():
    settings = estimator_space(Recorder({"estimator": "GaussianNB"}))
    assert settings == {"estimator": "GaussianNB", "params": {}}
