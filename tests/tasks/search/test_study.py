"""A study driven by hand: trials are begun and told, and nothing is trained."""

from pathlib import Path

import pytest
from optuna.trial import TrialState

from conf.loading import load_configuration
from ripieno.data.pixel_range import PixelRange
from ripieno.tuning.per_trial import generation_of
from tasks.owner import OWNER
from tasks.records import TrainingData
from tasks.search.plan import plan_search
from tasks.search.study import RESULT, SearchStudy

DATA = TrainingData(
    Path(), Path(), "fingerprint", (8, 8, 1), ("a", "b"), 100, 20, PixelRange(0, 255, True)
)


def search(workspace, sampler="random", trials=6, **more):
    settings = {"members": "{dense_batchnorm: {}}", "sampler": f"{{kind: {sampler}}}"}
    settings |= {"trials": trials, **more}
    tuning = ", ".join(f"{key}: {value}" for key, value in settings.items())
    overrides = [f"workspace={workspace}", f"tuning={{{tuning}}}"]
    configuration = load_configuration("smoke", [*overrides, "members.dense_batchnorm.epochs=20"])
    return SearchStudy(plan_search(configuration, "dense_batchnorm", DATA), workspace)


def value_of(proposal):
    """A toy objective: a low learning rate is best."""
    return (float(proposal.settings["learning_rate"]),)


def run(study, n):
    for _ in range(n):
        proposal = study.begin()
        study.tell(proposal.number, value_of(proposal))


def tried(study):
    return [trial.params for trial in study.trials() if trial.state is TrialState.COMPLETE]


def test_a_study_ends_with_its_budget(tmp_path):
    study = search(tmp_path, trials=3)
    run(study, 3)
    assert not study.has_more()


def test_more_trials_are_the_same_study_and_another_sampler_is_another(tmp_path):
    study = search(tmp_path, trials=3)
    assert search(tmp_path, trials=9).plan.study == study.plan.study
    assert search(tmp_path, "genetic", trials=3).plan.study != study.plan.study


@pytest.mark.parametrize(
    "sampler", ["bayesian, startup_trials: 4", "genetic, population: 2", "random"]
)
def test_a_study_that_is_opened_again_continues_as_if_it_had_not_been_closed(sampler, tmp_path):
    whole = search(tmp_path / "whole", sampler, trials=10)
    run(whole, 10)
    run(search(tmp_path / "parts", sampler, trials=10), 3)
    run(search(tmp_path / "parts", sampler, trials=10), 3)
    last = search(tmp_path / "parts", sampler, trials=10)
    run(last, 4)
    assert tried(last) == tried(whole)


def test_an_interrupted_trial_is_done_again_with_the_same_values(tmp_path):
    study = search(tmp_path)
    first = study.begin()
    study.release(first.number, "interrupted")
    again = study.begin()
    assert again.trial.params == first.trial.params
    assert [trial.number for trial in study.trials()] == [again.number]


def test_an_interrupted_grid_tries_the_same_combinations(tmp_path):
    grid = "grid, points: 2"
    fixed = "{optimiser: [adamw, sgd], dropout: [0.1, 0.2, 0.3], learning_rate: 0.01, units_1: 32,"
    fixed += " dense_layers: 1, activation: relu, batch_normalisation: none, weight_decay: 0.01,"
    fixed += " batch_size: 64, augmentation.flip: false, augmentation.shift: 0,"
    fixed += " augmentation.erase: 0.0}"
    members = f"{{dense_batchnorm: {fixed}}}"
    whole = search(tmp_path / "whole", grid, trials=4, members=members)
    run(whole, 4)
    study = search(tmp_path / "parts", grid, trials=4, members=members)
    run(study, 1)
    study.release(study.begin().number, "interrupted")
    run(study, 3)
    assert tried(study) == tried(whole)


def test_a_trial_that_was_taken_for_dead_elsewhere_ends_quietly(tmp_path):
    study = search(tmp_path)
    proposal = study.begin()
    search(tmp_path).release(proposal.number, "its process was killed")
    study.tell(proposal.number, value_of(proposal))
    assert [trial.state for trial in study.trials()] == [TrialState.WAITING]


def test_what_a_killed_process_left_is_done_again(tmp_path):
    study = search(tmp_path)
    proposal = study.begin()
    owner = proposal.trial.user_attrs[OWNER]
    proposal.trial.set_user_attr(OWNER, owner | {"pid": 2**22 + 1})  # which no process has
    assert search(tmp_path).take_over() == 1
    assert search(tmp_path).take_over() == 0
    assert search(tmp_path).begin().trial.params == proposal.trial.params


def test_the_running_trial_of_a_living_process_is_left_alone(tmp_path):
    search(tmp_path).begin()
    assert search(tmp_path).take_over() == 0


def test_after_an_interruption_the_trials_are_those_of_an_uninterrupted_study(tmp_path):
    whole = search(tmp_path / "whole", "bayesian, startup_trials: 3", trials=8)
    run(whole, 8)
    study = search(tmp_path / "parts", "bayesian, startup_trials: 3", trials=8)
    run(study, 4)
    study.release(study.begin().number, "interrupted")
    run(study, 4)
    assert tried(study) == tried(whole)
    assert not study.has_more()


def test_the_last_trial_is_begun_once_however_many_processes_ask(tmp_path):
    here, there = search(tmp_path, trials=1), search(tmp_path, trials=1)
    assert here.has_more()
    assert there.has_more()
    assert here.begin() is not None
    assert there.begin() is None


def test_a_failed_trial_says_why_and_counts(tmp_path):
    study = search(tmp_path, trials=1)
    study.tell(study.begin().number, None, reason="it diverged")
    (trial,) = study.trials()
    assert trial.state is TrialState.FAIL
    assert trial.user_attrs[RESULT]["reason"] == "it diverged"
    assert not study.has_more()


def test_a_pruned_trial_keeps_its_last_epoch(tmp_path):
    study = search(tmp_path, trials=1)
    proposal = study.begin()
    study.prunes(proposal, 1, 0.7)
    study.tell(proposal.number, None)
    (trial,) = study.trials()
    assert trial.state is TrialState.PRUNED
    assert trial.value == 0.7


def test_a_genetic_study_has_generations_of_its_population(tmp_path):
    study = search(tmp_path, "genetic, population: 3", trials=9)
    run(study, 9)
    assert [generation_of(trial) for trial in study.trials()] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_no_trial_is_like_another_though_hyperband_divides_them_into_brackets(tmp_path):
    study = search(tmp_path, trials=9, pruner="{kind: hyperband}")
    for _ in range(9):
        proposal = study.begin()
        study.prunes(proposal, 1, value_of(proposal)[0])
        study.tell(proposal.number, value_of(proposal))
    assert len({trial.params["learning_rate"] for trial in study.trials()}) == 9


def test_the_record_of_a_study_names_optunas_classes(tmp_path):
    record = search(tmp_path, "genetic").optuna_study.user_attrs
    assert record["sampler"]["class"].endswith("NSGAIISampler")
    assert record["pruner"]["class"].endswith("NopPruner")
    assert record["space"]["dropout"] == {"low": 0.0, "high": 0.5}
