import pytest

from ripieno.report.members import (
    about_members,
    best_member,
    ensemble,
    evaluated,
    failed,
    ranked,
    shares,
    sum_in_words,
)


def entry(name, log_loss, weight, **costs):
    zero = {"train_seconds": 0.0, "inference_ms": 0.0, "megabytes": 0.0, "n_parameters": 0}
    return {"name": name, "status": "trained", "weight": weight,
            "test": {"log_loss": log_loss}} | zero | costs  # fmt: skip


SUMMARY = {
    "members": [
        entry("weak", 0.5, 0.0, inference_ms=100.0, n_parameters=1000),
        {"name": "dead", "status": "failed", "error": "out of memory"},
        entry("strong", 0.3, 0.9, inference_ms=2.0, n_parameters=7),
        entry("other", 0.4, 0.1, inference_ms=1.5, n_parameters=5),
    ],
    "pool": {"rule": "linear_pool"},
    "ensemble": {
        "validation": {}, "test": {"log_loss": 0.25}, "test_intervals": {},
        "comparisons": [
            {"reference": "uniform", "name": "the plain mean", "note": "calibrated",
             "log_loss": [0.0, 0.01, 0.02]},
            {"reference": "best_member", "name": "other", "log_loss": [0.01, 0.03, 0.05],
             "note": "chosen on validation, calibrated"},
        ],
    },
}  # fmt: skip


def test_the_ensemble_costs_what_its_weighted_members_do():
    assert ensemble(SUMMARY)["inference_ms"] == 3.5
    assert ensemble(SUMMARY)["n_parameters"] == 12


def test_members_are_those_with_figures_or_those_with_an_error():
    assert [member["name"] for member in evaluated(SUMMARY)] == ["weak", "strong", "other"]
    assert [member["name"] for member in failed(SUMMARY)] == ["dead"]


def test_the_lowest_log_loss_leads():
    assert [each["name"] for each in ranked(SUMMARY)] == ["ensemble", "strong", "other", "weak"]


def test_shares_of_any_weights_sum_to_1():
    assert shares({"members": ["a", "b"], "weights": [4.5, 1.5]}) == {"a": 0.75, "b": 0.25}
    assert [member["share"] for member in evaluated(SUMMARY)] == pytest.approx([0.0, 0.9, 0.1])


def test_members_that_a_log_pool_finds_useless_share_nothing():
    assert shares({"members": ["a", "b"], "weights": [0.0, 0.0]}) == {"a": 0.0, "b": 0.0}


@pytest.mark.parametrize("combination", ["arithmetic", "regression"])
def test_a_sum_of_1_is_not_worth_a_word(combination):
    assert sum_in_words({"combination": combination}) == ""


def test_a_table_of_members_says_which_of_them_is_the_best():
    assert best_member(SUMMARY) == "other (chosen on validation, calibrated)"
    assert about_members(SUMMARY).endswith(f"over {best_member(SUMMARY)}, whose test log-loss is 0.2800.")  # fmt: skip  # noqa: E501  a sentence
