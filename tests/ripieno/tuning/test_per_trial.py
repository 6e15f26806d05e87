import optuna
import pytest
from optuna.storages import InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

from ripieno.tuning.per_trial import (
    POSITION,
    SUPERSEDED,
    complete_trials,
    described,
    finished,
    generation_of,
    is_hopeless,
    position_of,
)
from ripieno.tuning.pruners import PRUNERS

NAN = float("nan")
GOOD = {1: 0.5, 2: 0.4, 3: 0.3, 4: 0.2, 5: 0.1, 6: 0.1}
BAD = dict.fromkeys(GOOD, 9.0)


class Judged:
    """A study whose trials are written by hand, and what its pruner says of the last one."""

    def __init__(self, name, storage=None, direction="minimize", **settings):
        self.storage = storage or InMemoryStorage()
        self.pruner = PRUNERS[name](6, **settings)
        self.study = optuna.create_study(
            study_name="judged", storage=self.storage, pruner=self.pruner, direction=direction
        )

    def add(self, epochs, n=1, state=TrialState.COMPLETE):
        for _ in range(n):
            value = epochs[max(epochs)] if state is TrialState.COMPLETE else None
            reports = create_trial(state=state, value=value, intermediate_values=epochs)
            self.study.add_trial(reports)
        return self

    def begin(self):
        return self.study.ask(), finished(self.study)

    def judge(self, begun, epochs):
        """The epoch after which it ends, None where it has them all."""
        trial, known = begun
        for epoch, value in epochs.items():
            trial.report(value, epoch)
            arguments = (self.pruner, self.study, self.storage, trial.number, known, value)
            if is_hopeless(*arguments):
                return epoch
        return None


@pytest.mark.parametrize(("name", "epoch"), [("median", 2), ("wilcoxon", 4), ("none", None)])
class TestWhatHadEnded:
    def test_is_what_a_trial_is_judged_by(self, name, epoch):
        judged = Judged(name).add(GOOD, 6)
        assert judged.judge(judged.begin(), BAD) == epoch

    def test_and_nothing_that_ended_after_it_began(self, name, epoch):
        judged = Judged(name)
        begun = judged.begin()
        judged.add(GOOD, 6)
        assert judged.judge(begun, BAD) is None

    def test_and_not_the_better_one_that_ended_after_it_began(self, name, epoch):
        judged = Judged(name).add(BAD, 6)
        begun = judged.begin()
        judged.add(GOOD, 12)
        assert judged.judge(begun, dict.fromkeys(GOOD, 8.0)) is None

    def test_and_it_is_the_same_in_a_journal(self, name, epoch, tmp_path):
        storage = JournalStorage(JournalFileBackend(str(tmp_path / "journal")))
        judged = Judged(name, storage).add(GOOD, 6)
        begun = judged.begin()
        judged.add(dict.fromkeys(GOOD, 0.001), 20)
        assert judged.judge(begun, {e: value - 0.01 for e, value in GOOD.items()}) is None
        assert judged.judge(judged.begin(), BAD) == epoch


@pytest.mark.parametrize("name", PRUNERS)
def test_nan_never_ends_a_trial(name):
    judged = Judged(name).add(GOOD, 6)
    assert judged.judge(judged.begin(), dict.fromkeys(GOOD, NAN)) is None


def test_nan_does_not_save_a_trial_from_the_epochs_after_it():
    judged = Judged("median").add(GOOD, 6)
    assert judged.judge(judged.begin(), {1: NAN, 2: NAN, 3: 9.0, 4: 9.0}) == 3


def halved():
    """After which epoch hyperband ends each trial, where each is worse than the one before."""
    judged, ended = Judged("hyperband", min_epochs=1, reduction_factor=2), []
    for number in range(20):
        begun = judged.begin()
        epoch = judged.judge(begun, {e: number + value for e, value in GOOD.items()})
        state = TrialState.COMPLETE if epoch is None else TrialState.PRUNED
        judged.study.tell(begun[0], number if epoch is None else None, state=state)
        ended.append(epoch)
    return ended


def test_hyperband_ends_trials_that_are_worse_than_those_before():
    ended = halved()
    assert ended[0] is None
    assert sum(epoch is not None for epoch in ended) > 5


def test_hyperband_looks_at_no_trial_that_ended_after_this_one_began():
    judged = Judged("hyperband", min_epochs=1, reduction_factor=2)
    begun = [judged.begin() for _ in range(20)]  # all at once: none has ended for any of them
    ended = []
    for number, each in enumerate(begun):
        ended.append(judged.judge(each, {e: number + value for e, value in GOOD.items()}))
        judged.study.tell(each[0], float(number))
    assert ended == [None] * 20


def test_hyperband_marks_only_the_trial_that_is_judged():
    judged = Judged("hyperband").add(GOOD, 3)
    before = [dict(trial.system_attrs) for trial in judged.study.trials]
    judged.judge(judged.begin(), BAD)
    assert [dict(trial.system_attrs) for trial in judged.study.trials[:3]] == before


def test_accuracy_is_better_where_it_is_higher():
    rising = {1: 0.5, 2: 0.7, 3: 0.9}
    judged = Judged("median", direction="maximize").add(rising, 6)
    assert judged.judge(judged.begin(), {1: 0.1, 2: 0.2, 3: 0.3}) == 2
    assert judged.judge(judged.begin(), {1: 0.6, 2: 0.8, 3: 0.95}) is None


def test_running_and_waiting_trials_have_not_ended():
    judged = Judged("none").add(GOOD).add(GOOD, state=TrialState.PRUNED)
    judged.add(GOOD, state=TrialState.FAIL).add(GOOD, state=TrialState.WAITING)
    judged.study.add_trial(create_trial(state=TrialState.RUNNING))
    assert finished(judged.study) == {0, 1, 2}
    assert [trial.number for trial in complete_trials(judged.study)] == [0]


def marked(study, state=TrialState.FAIL, **attributes):
    study.add_trial(create_trial(state=state, user_attrs=attributes))


def positions(study):
    return [position_of(study, trial) for trial in study.trials]


def test_a_trial_s_position_is_its_number_where_none_was_interrupted():
    study = optuna.create_study()
    for _ in range(4):
        study.ask()
    assert positions(study) == [0, 1, 2, 3]


def test_a_trial_that_is_done_again_keeps_its_position_and_those_after_it_theirs():
    study = optuna.create_study()
    marked(study)
    marked(study, **{SUPERSEDED: "its process was killed"})  # at 1
    marked(study, **{POSITION: 1})
    marked(study)
    marked(study)
    assert positions(study) == [0, 1, 1, 2, 3]


def test_a_trial_that_is_interrupted_twice_keeps_its_position():
    study = optuna.create_study()
    marked(study, **{SUPERSEDED: "killed"})
    marked(study, **{SUPERSEDED: "killed", POSITION: 0})
    marked(study, **{POSITION: 0})
    marked(study)
    assert positions(study) == [0, 0, 0, 1]


def test_two_trials_at_once_that_are_both_done_again_keep_theirs():
    study = optuna.create_study()
    for _ in range(2):
        marked(study, **{SUPERSEDED: "killed"})
    marked(study, **{POSITION: 1})
    marked(study, **{POSITION: 0})
    marked(study)
    assert positions(study)[2:] == [1, 0, 2]


@pytest.mark.parametrize("kind", ["bayesian", "genetic", "random"])
def test_a_search_whose_trial_is_done_again_goes_on_as_if_it_had_not_been(kind, toy):
    settings = {"bayesian": {"startup_trials": 3}, "genetic": {"population": 4}}.get(kind, {})
    whole = toy(kind, **settings).run(14).params
    storage = InMemoryStorage()
    search = toy(kind, storage=storage, **settings).run(6)
    killed = search.study.ask()
    search.suggest(killed)  # here the process dies; another one takes over
    search = toy(kind, storage=storage, **settings)
    left = search.study.trials[killed.number]
    search.study.add_trial(
        create_trial(
            state=TrialState.WAITING,
            params=left.params,
            distributions=left.distributions,
            system_attrs=left.system_attrs,
            user_attrs={POSITION: position_of(search.study, left)},
        )
    )
    storage.set_trial_user_attr(left._trial_id, SUPERSEDED, "killed")
    search.study.tell(killed.number, state=TrialState.FAIL)
    trials = search.run(8).study.trials
    kept = [trial.params for trial in trials if SUPERSEDED not in trial.user_attrs]
    assert kept == whole


def test_a_generation_is_none_where_there_is_none():
    assert generation_of(create_trial(value=1.0)) is None
    genetic = create_trial(value=1.0, system_attrs={"NSGAIISampler:generation": 0})
    assert generation_of(genetic) == 0


def test_a_sampler_is_described_by_its_class_and_settings():
    description = described(optuna.samplers.RandomSampler(), {"points": 3})
    assert description["class"].startswith("optuna.samplers.")
    assert description["class"].endswith(".RandomSampler")
    assert description["points"] == 3
