import pickle

import pytest

from conf import dialect
from conf.loading import load_configuration
from conf.tuning import PRUNER_SECTIONS, SAMPLER_SECTIONS, RangeSection, TuningSection
from ripieno.errors import ConfigurationError
from ripieno.tuning import OBJECTIVES, PRUNERS, SAMPLERS

CONFIGURATION = """
dataset: {source: digits}
members:
  conv: {architecture: convnet_batchnorm}
  dense: {architecture: dense_batchnorm, epochs: 5}
  svm: {architecture: scikit_learn, estimator: SVC}
"""


@pytest.fixture
def configured(tmp_path):
    def load(tuning):
        path = tmp_path / "a.yaml"
        path.write_text(f"{CONFIGURATION}tuning: {tuning}\n")
        return load_configuration(path)

    return load


@pytest.fixture
def told(configured, tmp_path):
    def lines(tuning):
        with pytest.raises(ConfigurationError) as error:
            configured(tuning)
        return str(error.value).replace(str(tmp_path / "a.yaml"), "a.yaml").splitlines()

    return lines


def section(**fields):
    return TuningSection.model_validate({"members": {"dense": None}} | fields)


def test_a_configuration_searches_nothing_unless_it_says_so(configured):
    assert configured("null").tuning is None


def test_every_sampler_and_every_pruner_has_its_section():
    assert SAMPLER_SECTIONS.keys() == SAMPLERS.keys()
    assert PRUNER_SECTIONS.keys() == PRUNERS.keys()


def test_a_search_is_bayesian_with_thirty_trials_and_keeps_one():
    tuning = section()
    assert (tuning.sampler.kind, tuning.sampler.settings["model"]) == ("bayesian", "tpe")
    assert (tuning.trials, tuning.minutes, tuning.minutes_per_trial) == (30, None, None)
    assert (tuning.objective, tuning.keep, tuning.in_order) == ("log_loss", 1, True)
    assert tuning.storage is None


@pytest.mark.parametrize(
    ("objective", "kind"),
    [
        ("log_loss", "median"),
        ("accuracy", "median"),
        ("marginal_gain", "none"),
        ("log_loss_and_inference_ms", "none"),
    ],
)
def test_what_early_epochs_foretell_is_pruned_by_the_median(objective, kind):
    assert section(objective=objective).pruner_or_default.kind == kind


def test_the_default_has_a_pruner_for_every_objective():
    for objective in OBJECTIVES:
        assert section(objective=objective).pruner_or_default.kind in PRUNERS


def test_generations_are_of_complete_trials_and_so_nothing_is_pruned():
    tuning = section(sampler={"kind": "genetic"})
    assert tuning.pruner_or_default.kind == "none"
    named = section(sampler={"kind": "genetic"}, pruner={"kind": "median"})
    assert named.pruner_or_default.kind == "median"


def test_a_pruner_that_is_named_is_the_one():
    tuning = section(pruner={"kind": "wilcoxon", "p_threshold": 0.2})
    assert tuning.pruner_or_default.settings == {"p_threshold": 0.2, "startup_epochs": 2}
    assert section(objective="marginal_gain", pruner={"kind": "median"}).pruner_or_default.kind == (
        "median"
    )


def test_settings_are_the_keyword_arguments_without_the_kind():
    assert section(sampler={"kind": "grid", "points": 5}).sampler.settings == {"points": 5}
    assert section(sampler={"kind": "random"}).sampler.settings == {}


def test_a_dimension_is_a_range_a_list_or_a_value(configured):
    narrowed = configured(
        "{members: {dense: {dropout: {low: 0, high: 0.3}, optimiser: [adamw, sgd],"
        " activation: relu, epochs: 1, patience: null, learning_rate: 1e-3}}}"
    ).tuning.members["dense"]
    assert narrowed["dropout"] == RangeSection(low=0.0, high=0.3)
    assert narrowed["optimiser"] == ["adamw", "sgd"]
    assert narrowed["activation"] == "relu"
    assert narrowed["patience"] is None
    assert type(narrowed["epochs"]) is int
    assert narrowed["learning_rate"] == 1e-3


def test_a_truth_is_no_number(configured):
    dense = configured("{members: {dense: {augmentation.flip: true}}}").tuning.members["dense"]
    assert dense["augmentation.flip"] is True


def test_what_is_written_out_is_read_back(configured, tmp_path):
    configuration = configured(
        "{members: {dense: {dropout: {low: 0, high: 0.3}, epochs: [3, 4]}, svm: null},"
        " sampler: {kind: genetic, crossover: sbx}, pruner: {kind: hyperband}, minutes: 2.5}"
    )
    path = tmp_path / "b.yaml"
    path.write_text(dialect.write(configuration.model_dump(mode="json")))
    assert load_configuration(path) == configuration


def test_another_process_is_told_of_a_search(configured):
    configuration = configured("{members: {svm: null}, pruner: {kind: median}}")
    assert pickle.loads(pickle.dumps(configuration)) == configuration


@pytest.mark.parametrize(
    "tuning",
    [
        "{members: {svm: null}, trials: null, minutes: 3}",
        "{members: {svm: {estimator: SVC}}, trials: null, sampler: {kind: grid}}",
        "{members: {conv: null, dense: null, svm: null}}",
        "{members: {dense: null}, objective: log_loss_and_inference_ms, pruner: {kind: none}}",
    ],
)
def test_a_search_that_ends_is_accepted(configured, tuning):
    assert configured(tuning).tuning is not None


@pytest.mark.parametrize(
    ("tuning", "line"),
    [
        ("3", "tuning: expected a mapping or null, received 3"),
        ("{}", "tuning.members: expected a mapping with at least 1 entry, received nothing"),
        (
            "{members: {}}",
            "tuning.members: expected a mapping with at least 1 entry, received {}",
        ),
        ("{members: {svm: 3}}", "tuning.members.svm: expected a mapping or null, received 3"),
        (
            "{members: {svm: null}, trials: 0}",
            "tuning.trials: expected an integer > 0 or null, received 0",
        ),
        (
            "{members: {svm: null}, trials: 1.5}",
            "tuning.trials: expected an integer > 0 or null, received 1.5",
        ),
        (
            "{members: {svm: null}, minutes: 0}",
            "tuning.minutes: expected a number > 0 or null, received 0",
        ),
        (
            "{members: {svm: null}, minutes_per_trial: -1}",
            "tuning.minutes_per_trial: expected a number > 0 or null, received -1",
        ),
        ("{members: {svm: null}, keep: 0}", "tuning.keep: expected an integer > 0, received 0"),
        (
            "{members: {svm: null}, in_order: 1}",
            "tuning.in_order: expected true or false, received 1",
        ),
        (
            "{members: {svm: null}, storage: 3}",
            "tuning.storage: expected a string or null, received 3",
        ),
        (
            "{members: {svm: null}, trials: null}",
            "tuning: expected trials or minutes, or both, received neither",
        ),
        (
            "{members: {svm: null}, objective: logloss}",
            "tuning.objective: Unknown objective 'logloss'. Nearest: log_loss. Available: accuracy,"
            " log_loss, log_loss_and_inference_ms, marginal_gain",
        ),
        (
            "{members: {dense: null}, objective: log_loss_and_inference_ms,"
            " pruner: {kind: hyperband}}",
            "tuning: expected no pruner for the objective log_loss_and_inference_ms, since Optuna"
            " prunes by one value only, received hyperband",
        ),
        (
            "{members: {svm: null}, sampler: grid}",
            "tuning.sampler: expected a mapping, received 'grid'",
        ),
        (
            "{members: {svm: null}, sampler: {}}",
            "tuning.sampler.kind: expected one of bayesian, genetic, grid, random, received"
            " nothing",
        ),
        (
            "{members: {svm: null}, sampler: {kind: tpe}}",
            "tuning.sampler.kind: Unknown kind 'tpe'. Available: bayesian, genetic, grid, random",
        ),
        (
            "{members: {svm: null}, sampler: {kind: genetic, population: 1}}",
            "tuning.sampler.population: expected an integer >= 2, received 1",
        ),
        (
            "{members: {svm: null}, sampler: {kind: genetic, crossover: two}}",
            "tuning.sampler.crossover: Unknown crossover 'two'. Available: blx_alpha, sbx, spx,"
            " undx, uniform, vsbx",
        ),
        (
            "{members: {svm: null}, sampler: {kind: genetic, mutation_probability: 2}}",
            "tuning.sampler.mutation_probability: expected a number >= 0 and <= 1 or null,"
            " received 2",
        ),
        (
            "{members: {svm: null}, sampler: {kind: random, points: 3}}",
            "tuning.sampler.points: Unknown field 'points'. Available: kind",
        ),
        (
            "{members: {svm: null}, pruner: median}",
            "tuning.pruner: expected a mapping or null, received 'median'",
        ),
        (
            "{members: {svm: null}, trails: 3}",
            "tuning.trails: Unknown field 'trails'. Nearest: trials. Available: in_order,"
            " keep, members, minutes, minutes_per_trial, objective, pruner, sampler, storage,"
            " trials",
        ),
    ],
)
def test_a_wrong_search_is_told_in_one_line(told, tuning, line):
    assert told(tuning) == [f"{line} (a.yaml)."]
