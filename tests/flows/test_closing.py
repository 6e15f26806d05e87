import sys
from io import BytesIO, TextIOWrapper
from urllib.parse import parse_qs, urlsplit

import pytest

from flows.closing import compare_page, proof, say
from tasks.records import Run


def summary(**pool):
    return {
        "run": {"configuration": {"ensemble": {"objective": "log_loss"}}},
        "pool": {"rule": "linear_pool", "certificate": 4e-11, "combination": "arithmetic"} | pool,
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


def test_the_sum_of_the_weights_of_a_log_pool_is_told_apart():
    said = proof(
        summary(rule="log_pool", combination="geometric", weights=[3.0, 1.0], temperature=2.0)
    )
    assert said.startswith(
        "Rule: log_pool; on validation, its prior included, no weights are better by more than"
    )
    assert said.endswith(
        " The weights sum to 4.000, an inverse temperature; with the pool's own temperature it is "
        "2.000."
    )


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", b"-0.02 f?r"), ("utf-8", None)])
def test_a_terminal_without_a_minus_sign_keeps_the_sign(encoding, shown, monkeypatch):
    text = "\N{MINUS SIGN}0.02 f\xfcr"
    raw = BytesIO()
    monkeypatch.setattr("sys.stdout", TextIOWrapper(raw, encoding))
    say(text)
    sys.stdout.flush()
    assert raw.getvalue() == (shown or text.encode()) + b"\n"


def test_the_page_compares_the_ensemble_with_the_members_there_are(tmp_path):
    run = Run("name", tmp_path, tmp_path, "parent", "7", None)
    query = parse_qs(urlsplit(compare_page(run, summary()).removeprefix("#")).query)
    assert (query["runs"], query["experiments"]) == (['["a", "e"]'], ['["7"]'])
