import importlib

import pytest
from sklearn.ensemble import ExtraTreesClassifier, VotingClassifier
from sklearn.svm import SVC
from sklearn.utils import all_estimators

from ripieno.errors import ConfigurationError
from ripieno.models.estimators import (
    CLASSIFIERS,
    build_classifier,
    check_weights,
    has_probabilities,
    set_seed_and_threads,
)


def test_table_is_that_of_scikit_learn():
    theirs = dict(all_estimators("classifier"))

    assert CLASSIFIERS.keys() == theirs.keys()
    for name, module in CLASSIFIERS.items():
        assert getattr(importlib.import_module(f"sklearn.{module}"), name) is theirs[name]


def test_classifier_has_its_parameters():
    classifier = build_classifier("SVC", {"C": 3.0})

    assert type(classifier) is SVC
    assert classifier.C == 3.0


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        (
            "ExtraTrees",
            {},
            "Unknown estimator 'ExtraTrees'. Nearest: .*ExtraTreesClassifier.* Available",
        ),
        ("os.system", {}, "Unknown estimator 'os.system'"),
        ("LinearRegression", {}, "Unknown estimator"),
        ("SVC", {"gama": 1}, "Unknown parameter of SVC 'gama'. Nearest: gamma"),
        ("SVC", {"C": -1}, "'C' parameter of SVC must be a float in the range .* Got -1"),
        ("SVC", {"kernel": "cubic"}, "'kernel' parameter of SVC"),
        ("KNeighborsClassifier", {"n_neighbors": "many"}, "'n_neighbors' parameter"),
        ("OneVsRestClassifier", {}, "OneVsRestClassifier needs estimator"),
        ("BaggingClassifier", {"estimator": "Forest"}, "Unknown estimator 'Forest'"),
        ("BaggingClassifier", {"estimator": {"params": {}}}, "expected the name of a classifier"),
        ("VotingClassifier", {"estimators": ["SVC"]}, "expected a mapping of labels"),
        ("MultiOutputClassifier", {"estimator": "SVC"}, "cannot be a member: it gives every"),
    ],
)
def test_mistakes_are_named_in_one_line(name, params, message):
    with pytest.raises(ConfigurationError, match=message) as raised:
        build_classifier(name, params)

    assert "\n" not in str(raised.value)


def test_nested_classifiers_are_built():
    classifier = build_classifier(
        "VotingClassifier",
        {
            "voting": "soft",
            "estimators": {
                "trees": {"estimator": "ExtraTreesClassifier", "params": {"n_estimators": 7}},
                "bayes": "GaussianNB",
            },
        },
    )

    assert type(classifier) is VotingClassifier
    (label, trees), (_, bayes) = classifier.estimators
    assert (label, type(trees), trees.n_estimators) == ("trees", ExtraTreesClassifier, 7)
    assert type(bayes).__name__ == "GaussianNB"


def test_seed_and_threads_reach_nested_classifiers_but_not_what_was_given():
    classifier = build_classifier(
        "BaggingClassifier",
        {"n_jobs": 1, "estimator": {"estimator": "RandomForestClassifier"}},
    )

    set_seed_and_threads(classifier, 5, 3)

    assert (classifier.random_state, classifier.n_jobs) == (5, 1)
    assert (classifier.estimator.random_state, classifier.estimator.n_jobs) == (5, 3)


def test_threads_are_not_set_where_they_only_warn():
    classifier = build_classifier("LogisticRegression", {})

    set_seed_and_threads(classifier, 0, 4)

    assert classifier.n_jobs is None


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("SVC", {}, False),
        ("ExtraTreesClassifier", {}, True),
        ("LinearSVC", {}, False),
        ("StackingClassifier", {"estimators": {"a": "GaussianNB"}}, True),
        (
            "StackingClassifier",
            {"estimators": {"a": "GaussianNB"}, "final_estimator": "LinearSVC"},
            False,
        ),
    ],
)
def test_whether_a_classifier_will_have_probabilities(name, params, expected):
    assert has_probabilities(build_classifier(name, params)) is expected


def test_classifier_that_cannot_weigh_samples_is_refused():
    check_weights(build_classifier("SVC", {}))
    with pytest.raises(ConfigurationError, match="KNeighborsClassifier cannot weigh samples"):
        check_weights(build_classifier("KNeighborsClassifier", {}))
