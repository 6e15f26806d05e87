"""Mistakes in what a configuration says of a search, and spaces that are easily got wrong."""

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import create_trial

from conf.loading import load_configuration
from conf.members import MEMBERS
from conf.narrowing import search_of
from conf.overlays import apply_overlay
from conf.search_flags import SearchFlags
from conf.tuning import RangeSection
from ripieno.errors import ConfigurationError
from ripieno.tuning.dimensions import Range
from ripieno.tuning.per_trial import finished, is_hopeless
from ripieno.tuning.pruners import PRUNERS
from ripieno.tuning.samplers import SAMPLERS
from ripieno.tuning.space import Recorder, explore

CONV = MEMBERS["convnet_batchnorm"](architecture="convnet_batchnorm")
DENSE = MEMBERS["dense_batchnorm"](architecture="dense_batchnorm")
SVM = MEMBERS["scikit_learn"](architecture="scikit_learn", estimator="SVC", params={"gamma": 0.01})
TEXT = """
dataset: {source: digits}
members:
  dense: {architecture: dense_batchnorm}
"""


def told(tmp_path, tuning, text=TEXT, **more):
    path = tmp_path / "a.yaml"
    path.write_text(text + (f"tuning: {tuning}\n" if tuning else ""))
    with pytest.raises(ConfigurationError) as error:
        load_configuration(path, **more)
    return str(error.value).splitlines()


def test_an_unknown_pruner(tmp_path):
    (line,) = told(tmp_path, "{members: {dense: null}, pruner: {kind: medan}}")
    assert line.startswith("tuning.pruner.kind: Unknown kind 'medan'. Nearest: median.")


def test_a_setting_of_a_pruner(tmp_path):
    (line,) = told(tmp_path, "{members: {dense: null}, pruner: {kind: median, startup_trials: -1}}")
    assert line.startswith("tuning.pruner.startup_trials: expected an integer >= 0, received -1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_blocks", 2.5),
        ("n_blocks", True),
        ("n_blocks", "3"),
        ("layers_1", [1.5, 2]),
        ("dropout", "0.3"),
        ("dropout", [0.1, "0.2"]),
    ],
)
def test_a_number_that_is_none_is_coerced(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        search_of(CONV, {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("dropout", None), ("n_blocks", None), ("learning_rate", [[0.1]]), ("learning_rate", "abc")],
)
def test_a_number_that_is_none_crashes(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        search_of(CONV, {name: value})


@pytest.mark.parametrize(
    ("member", "specs"),
    [
        (
            SVM,
            {
                "estimator": "HistGradientBoostingClassifier",
                "HistGradientBoostingClassifier.max_iter": [10, 20],
            },
        ),
        (DENSE, {"dense_layers": RangeSection(low=1, high=5), "units_5": 64}),
        (CONV, {"n_blocks": RangeSection(low=2, high=4), "filters_4": [16, 32]}),
    ],
)
def test_what_narrowing_opens_cannot_be_narrowed(member, specs):
    search_of(member, specs)


@pytest.mark.parametrize(("low", "high", "step"), [(0.1, 0.3, 0.1), (0.05, 0.95, 0.05)])
def test_a_grid_of_steps_leaves_the_range(low, high, step):
    assert max(Range(low, high, step=step).points(3)) <= high


def test_a_step_that_does_not_reach_the_end_warns(recwarn):
    search_of(CONV, {"filters_1": RangeSection(low=10, high=20, step=4)})(
        optuna.create_study().ask()
    )
    assert not list(recwarn)


def test_crossovers_warn_once_a_trial(recwarn):
    SAMPLERS["genetic"](0, 0, {}, crossover="sbx", mutation="polynomial")
    assert not list(recwarn)


def test_wilcoxon_warns_where_the_best_trial_stopped_early(recwarn):
    storage, pruner = InMemoryStorage(), PRUNERS["wilcoxon"](9)
    study = optuna.create_study(storage=storage, pruner=pruner)
    study.add_trial(create_trial(value=0.5, intermediate_values={1: 0.9, 2: 0.5}))
    trial, known = study.ask(), finished(study)
    for epoch in range(1, 5):
        trial.report(1.0, epoch)
        is_hopeless(pruner, study, storage, trial.number, known, 1.0)
    assert not list(recwarn)


def test_a_setting_that_others_make_up_leaves_them_searched():
    space = explore(search_of(CONV, {"filters": [[[8], [16]], [[16], [32]]]}))
    assert not {"n_blocks", "layers_1", "filters_1"} & space.keys()


def test_parameters_of_the_member_s_own_classifier_are_lost():
    params = search_of(SVM, {"estimator": "SVC"})(Recorder({}))["params"]
    assert params["gamma"] == 0.01


def test_the_wrong_hyperparameter_is_blamed():
    with pytest.raises(ConfigurationError, match=r"^warm_up: "):
        search_of(DENSE, {"dropout": [0.1, 0.2], "warm_up": 1})


def test_the_line_of_an_unknown_hyperparameter(tmp_path):
    (line,) = told(tmp_path, "{members: {dense: {dropot: 1}}}")
    assert "members.dense.Unknown" not in line  # a dot where ': ' is meant
    assert "dropout, dropout" not in line  # the nearest and the available are listed twice


def test_a_range_that_lacks_an_end(tmp_path):
    (line,) = told(tmp_path, "{members: {dense: {dropout: {low: 0.1}}}}")
    assert "high" in line


def test_a_range_with_a_typo_has_one_line(tmp_path):
    assert len(told(tmp_path, "{members: {dense: {dropout: {low: 0.1, hihg: 1}}}}")) == 1


@pytest.mark.parametrize("members", ["3", "[1]", "{1: {architecture: dense_batchnorm}}"])
def test_members_that_are_no_names_and_no_flags(tmp_path, members):
    text = f"dataset: {{source: digits}}\nmembers: {members}\n"
    told(tmp_path, "", text, search=SearchFlags())


def test_a_budget_that_is_no_yaml_names_its_flag(tmp_path):
    (line,) = told(tmp_path, "", search=SearchFlags(("dense",), trials="["))
    assert "--trials [" in line


def test_an_empty_budget_is_no_limit(tmp_path):
    told(tmp_path, "", search=SearchFlags(("dense",), trials="", minutes="3"))


def test_a_member_that_is_not_there_is_taken_out_silently():
    with pytest.raises(ConfigurationError, match="Unknown member 'nett'"):
        apply_overlay({"members": {"net": {}}}, {"members": {"nett": None}}, "tuned.yaml")


def test_two_replaced_members_keep_their_places():
    members = {name: {} for name in "abc"}
    changed = apply_overlay({"members": members}, {"members": {"a": {"x": 1}, "c": {"x": 1}}}, "f")
    assert list(changed["members"]) == ["a", "b", "c"]


def test_an_integer_end_is_shown_as_one():
    with pytest.raises(ConfigurationError, match="with 40000:"):
        search_of(SVM, {"pca_components": RangeSection(low=10, high=40000)})


def test_a_step_wider_than_the_range():
    with pytest.raises(ConfigurationError):
        search_of(CONV, {"filters_1": RangeSection(low=10, high=12, step=40)})


def test_a_member_that_a_winner_would_be_called_after(tmp_path):
    text = TEXT + "  dense-1: {architecture: dense_batchnorm}\n"
    (line,) = told(tmp_path, "{members: {dense: null}, keep: 2}", text)
    assert "expected no member dense-1" in line
