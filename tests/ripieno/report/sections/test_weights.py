import pytest

from ripieno.report.sections.weights import (
    calibrations_table,
    certified,
    made_of,
    rules_in_words,
    rules_table,
    weights_table,
)


def rule(name, log_loss, error, **flags):
    usual = {"before": False, "after": False, "sound": True, "best": True, "chosen": False}
    return {"rule": name, "log_loss": log_loss, "standard_error": error} | usual | flags


RULES = [
    rule("uniform", 0.3, 0.01, after=True),
    rule("log_pool", 0.1, 0.03, sound=False, best=False),
    rule("log_pool", 0.2, 0.02, before=True, chosen=True),
]


def summary(**pool):
    values = {"rule": "linear_pool", "combination": "arithmetic", "certificate": 2e-11,
              "members": ["a", "b", "c"], "weights": [0.25, 0.75, 0.0],
              "temperatures": [1.0, 1.0, 1.0], "temperature": 1.0, "expected_optimism": 0.0025,
              "rules_compared": [], "rules_left_out": {}, "objective": "log_loss"}  # fmt: skip
    return {
        "pool": values | pool,
        "data": {"sizes": {"validation": 200}},
        "ensemble": {
            "gain_over_best_member": {"log_loss": [0.01, 0.02, 0.03]},
            "comparisons": [{"reference": "best_member", "name": "b", "note": "calibrated"}],
        },
    }


def test_the_heaviest_member_leads_and_a_zero_is_written_as_such():
    assert weights_table(summary()).rows == [
        ["b", "0.750", "1.000"], ["a", "0.250", "1.000"], ["c", "0", "1.000"]
    ]  # fmt: skip


def test_weights_of_a_log_pool_are_shares_and_their_sum_stands_apart():
    pool = {"combination": "geometric", "weights": [1.5, 4.5, 0.0]}
    assert [row[1] for row in weights_table(summary(**pool)).rows] == ["0.750", "0.250", "0"]
    assert made_of(summary(**pool)).endswith("The weights sum to 6.000, an inverse temperature.")
    assert made_of(summary(temperature=1.5, **pool)).endswith(
        "The weights sum to 6.000, an inverse temperature; with the pool's own temperature it is "
        "4.000."
    )


def test_temperatures_are_named_only_where_there_are_any():
    assert "temperature" not in made_of(summary())
    assert "set to its temperature" in made_of(summary(temperatures=[1.0, 0.8, 1.0]))
    assert "own temperature is 1.200" in made_of(summary(temperature=1.2))


@pytest.mark.parametrize(
    ("combination", "words"),
    [("geometric", "weighted geometric mean"), ("regression", "linear map of the logarithms")],
)
def test_the_combination_is_in_words(combination, words):
    assert words in made_of(summary(combination=combination))


def test_the_certificate_and_the_optimism_are_said():
    certificate, optimism = certified(summary())
    assert "2.0e-11" in certificate
    assert "2 weights" in optimism
    assert "0.0025 nats" in optimism
    assert "the gain over b (calibrated) is +0.0200 nats on test" in optimism


def test_the_certificate_of_a_log_pool_is_of_the_log_loss_with_its_prior():
    assert "prior" not in certified(summary())[0]
    assert (
        "on validation, its prior included, lower" in certified(summary(combination="geometric"))[0]
    )


def test_one_weight_has_no_optimism_and_a_rule_may_have_no_certificate():
    (sentence,) = certified(summary(weights=[0.0, 1.0, 0.0], certificate=None))
    assert "no certificate" in sentence


def test_rules_are_listed_by_their_log_loss_and_the_chosen_stands_out():
    table = rules_table(summary(rules_compared=RULES))
    assert table.rows == [
        ["log_pool", "0.2000", "0.0200", "yes", "no", "yes", "yes"],
        ["uniform", "0.3000", "0.0100", "no", "yes", "yes", "no"],
    ]
    assert table.emphasised == [0]


def test_every_calibration_has_a_row_and_the_eligible_are_told():
    rows = calibrations_table(summary(rules_compared=RULES)).rows
    assert rows[0] == ["log_pool", "0.1000", "0.0300", "no", "no", "no", "no"]
    assert [row[0] for row in rows] == ["log_pool", "log_pool", "uniform"]


def test_all_rules_stand_in_a_line_with_those_left_out():
    said = rules_in_words(summary(rules_compared=RULES, rules_left_out={"stacking": "too few"}))
    assert said == (
        "Cross-fitted log-loss on validation: log_pool 0.2000 (chosen), uniform 0.3000. "
        "Not compared: stacking; too few."
    )


def test_rules_are_shown_by_what_was_minimised():
    rules = [rule | {"cost": 1.0 - rule["log_loss"]} for rule in RULES]
    table = rules_table(summary(rules_compared=rules, objective="accuracy"))
    assert table.columns[1] == "share of errors"
    assert [row[:2] for row in table.rows] == [["uniform", "0.7000"], ["log_pool", "0.8000"]]


def test_a_single_rule_is_compared_with_none(facts_of):
    from ripieno.report.sections.weights import weights

    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["pool"]["rules_compared"] = facts.summary["pool"]["rules_compared"][:1]
    assert [plot.title for plot in weights(facts).plots] == ["Weight share of each member"]
