from ripieno.report.members import ensemble, evaluated, failed, ranked


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
    "ensemble": {"validation": {}, "test": {"log_loss": 0.25}, "test_intervals": {}},
}


def test_the_ensemble_costs_what_its_weighted_members_do():
    assert ensemble(SUMMARY)["inference_ms"] == 3.5
    assert ensemble(SUMMARY)["n_parameters"] == 12


def test_members_are_those_with_figures_or_those_with_an_error():
    assert [member["name"] for member in evaluated(SUMMARY)] == ["weak", "strong", "other"]
    assert [member["name"] for member in failed(SUMMARY)] == ["dead"]


def test_the_lowest_log_loss_leads():
    assert [each["name"] for each in ranked(SUMMARY)] == ["ensemble", "strong", "other", "weak"]
