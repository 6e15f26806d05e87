from pathlib import Path

import pytest

from conf.loading import load_configuration
from ripieno.errors import TrainingError
from tasks.records import Member
from tasks.study_evaluation import complete_repeats, rules_of
from tasks.study_plan import training_name

NAMES = ["conv", "dense"]


def trainings(n_repeats, failed=()):
    names = [training_name(n, r, s) for r in range(n_repeats) for n in NAMES for s in (0, 1)]
    return [
        Member(name, "", "failed", "", None, "", error="it diverged")
        if name in failed
        else Member(name, "", "trained", "", Path(), "")
        for name in names
    ]


def test_a_repeats_trainings_come_by_architecture_and_seed():
    members = list(reversed(trainings(2)))  # however they were begun
    first, _ = complete_repeats(NAMES, 2, members)
    assert [[member.name for member in row] for row in first] == [
        ["conv-r1-s1", "conv-r1-s2"],
        ["dense-r1-s1", "dense-r1-s2"],
    ]


def test_a_repeat_that_misses_a_training_is_left_out():
    complete = complete_repeats(NAMES, 3, trainings(3, failed=["dense-r2-s1"]))
    assert [repeat[0][0].name for repeat in complete] == ["conv-r1-s1", "conv-r3-s1"]


def test_fewer_than_two_complete_repeats_are_an_error_that_says_why():
    members = trainings(2, failed=["dense-r2-s1"])
    with pytest.raises(TrainingError, match=r"received 1 of 2 \(dense-r2-s1: it diverged\)"):
        complete_repeats(NAMES, 2, members)


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        ([], {"linear_pool": "log_loss", "uniform": "log_loss"}),
        (["ensemble.rule=log_pool"], {"log_pool": "log_loss", "uniform": "log_loss"}),
        (
            ["ensemble.rule=linear_pool", "ensemble.objective=brier"],
            {"linear_pool": "brier", "uniform": "log_loss"},
        ),
        (["ensemble.rule=uniform"], {"uniform": "log_loss"}),
    ],
    ids=["auto", "log_pool", "linear_pool", "uniform"],
)
def test_the_verdict_is_by_the_configured_rule_and_auto_is_the_linear_pool(overrides, rules):
    study = load_configuration("smoke", overrides)
    assert rules_of(study) == rules
    assert next(iter(rules_of(study))) == next(iter(rules))
