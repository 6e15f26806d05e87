from urllib.parse import parse_qs, urlsplit

from flows.closing import compare_page, proof
from tasks.records import Run


def summary(**pool):
    return {
        "run": {"configuration": {"ensemble": {"objective": "log_loss"}}},
        "pool": {"rule": "linear_pool", "certificate": 4e-11} | pool,
        "members": [
            {"status": "trained", "run_id": "a"},
            {"status": "failed", "run_id": "b"},
        ],
        "ensemble": {"run_id": "e"},
    }


def test_the_certificate_is_told_with_its_unit():
    assert proof(summary()).endswith("no weights are better by more than 4.0e-11 nats.")


def test_a_rule_without_certificate_is_named_alone():
    assert proof(summary(rule="uniform", certificate=None)) == "Rule: uniform."


def test_the_page_compares_the_ensemble_with_the_members_there_are(tmp_path):
    run = Run("name", tmp_path, tmp_path, "parent", "7", None)
    query = parse_qs(urlsplit(compare_page(run, summary()).removeprefix("#")).query)
    assert query == {"runs": ['["a", "e"]'], "experiments": ['["7"]']}
