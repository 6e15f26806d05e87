import optuna
import pytest
from optuna.trial import TrialState, create_trial

from ripieno.tuning.pruners import PRUNERS

CLASSES = {
    "hyperband": "HyperbandPruner",
    "median": "MedianPruner",
    "none": "NopPruner",
    "wilcoxon": "WilcoxonPruner",
}
FALLING = [1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1]


def ended_after(pruner, values, *, others=(FALLING,) * 6, direction="minimize"):
    """The epoch after which a trial of those values is pruned; None where it is not."""
    study = optuna.create_study(pruner=pruner, direction=direction)
    for epochs in others:
        reports = dict(enumerate(epochs, 1))
        study.add_trial(create_trial(value=epochs[-1], intermediate_values=reports))
    trial = study.ask()
    for number, value in enumerate(values, 1):
        trial.report(value, number)
        if trial.should_prune():
            return number
    return None


@pytest.mark.parametrize("name", PRUNERS)
def test_a_pruner_is_the_one_it_is_called_after(name):
    assert type(PRUNERS[name](10)).__name__ == CLASSES[name]


@pytest.mark.parametrize("name", PRUNERS)
def test_the_first_trial_has_all_its_epochs(name):
    assert ended_after(PRUNERS[name](8), [9.0] * 8, others=()) is None


@pytest.mark.parametrize("name", PRUNERS)
def test_the_best_trial_has_all_its_epochs(name):
    assert ended_after(PRUNERS[name](8), [0.05] * 8) is None


@pytest.mark.parametrize("name", PRUNERS)
@pytest.mark.parametrize("n_epochs", [1, 2])
def test_a_training_of_few_epochs_is_never_refused(name, n_epochs):
    values = FALLING[:n_epochs]
    assert ended_after(PRUNERS[name](n_epochs), values, others=[values] * 6) is None


def test_the_median_ends_a_trial_after_its_warm_up():
    assert ended_after(PRUNERS["median"](8), [9.0] * 8) == 2
    assert ended_after(PRUNERS["median"](8, warmup_epochs=5), [9.0] * 8) == 5
    assert ended_after(PRUNERS["median"](8, warmup_epochs=0), [9.0] * 8) == 1


def test_the_median_waits_for_its_first_trials():
    assert ended_after(PRUNERS["median"](8, startup_trials=7), [9.0] * 8) is None
    assert ended_after(PRUNERS["median"](8, startup_trials=6), [9.0] * 8) == 2


def test_the_median_counts_complete_trials_alone():
    study = optuna.create_study(pruner=PRUNERS["median"](8))
    for _ in range(6):
        reports = dict(enumerate(FALLING, 1))
        study.add_trial(create_trial(state=TrialState.PRUNED, intermediate_values=reports))
    trial = study.ask()
    trial.report(9.0, 3)
    assert not trial.should_prune()


def test_the_median_compares_the_best_epoch_so_far():
    # 0.25 in the first epoch is better than any other trial's until 0.2 in the fifth.
    assert ended_after(PRUNERS["median"](8), [0.25] + [9.0] * 7) == 5


def test_the_median_of_an_odd_number_of_trials_is_the_middle_one():
    others = [[0.1] * 4, [0.2] * 4, [0.3] * 4, [0.4] * 4, [0.5] * 4]
    assert ended_after(PRUNERS["median"](4), [0.29] * 4, others=others) is None
    assert ended_after(PRUNERS["median"](4), [0.31] * 4, others=others) == 2


def test_a_low_accuracy_is_ended_where_the_aim_is_the_higher():
    others = [[0.1, 0.5, 0.8]] * 6
    pruner = PRUNERS["median"](8)
    assert ended_after(pruner, [0.1, 0.2, 0.3], others=others, direction="maximize") == 2
    assert ended_after(pruner, [0.1, 0.6, 0.9], others=others, direction="maximize") is None


def test_wilcoxon_s_test_needs_a_few_epochs_that_are_all_worse():
    # If all n epochs are worse, p is 2^-n: below 0.1 from the fourth on, below 0.02 from the sixth.
    assert ended_after(PRUNERS["wilcoxon"](8), [9.0] * 8) == 4
    assert ended_after(PRUNERS["wilcoxon"](8, p_threshold=0.02), [9.0] * 8) == 6
    assert ended_after(PRUNERS["wilcoxon"](8, startup_epochs=7), [9.0] * 8) == 7


def test_hyperband_gives_all_epochs_to_few_trials():
    study = optuna.create_study(study_name="toy", pruner=PRUNERS["hyperband"](9))
    n_epochs = []
    for number in range(60):
        trial = study.ask()
        worth = (number * 37 % 60) / 60  # 0 is the best, in a mixed order
        for epoch in range(1, 10):
            trial.report(worth + 1 / epoch, epoch)
            if epoch < 9 and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, worth + 1 / 9)
        n_epochs.append((worth, epoch))
    full = [worth for worth, epochs in n_epochs if epochs == 9]
    ended = [worth for worth, epochs in n_epochs if epochs < 9]
    assert 0.0 in full
    assert len(ended) > 20
    assert sum(full) / len(full) < sum(ended) / len(ended) - 0.2
    assert {epochs for _, epochs in n_epochs} == {1, 3, 9}


def test_hyperband_lets_every_trial_have_its_first_epochs():
    pruner = PRUNERS["hyperband"](20, min_epochs=5)
    assert ended_after(pruner, [9.0] * 4) is None
    assert ended_after(PRUNERS["hyperband"](3, min_epochs=5), [9.0] * 3) is None
