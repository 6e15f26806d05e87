import pytest

from ripieno.report.model_card import limits, model_card


@pytest.fixture(scope="module")
def card(facts):
    return model_card(facts.summary)


def test_it_has_the_sections_of_a_model_card(card):
    assert [line for line in card.splitlines() if line.startswith("#")] == [
        "# Model card: fashion-2024-11-02-quiet-viola",
        "## What it is",
        "## How to use it",
        "## Data",
        "## How it was evaluated",
        "## Results",
        "## Limits",
        "## How to reproduce",
    ]


def test_it_opens_with_the_headline(card, facts):
    assert card.splitlines()[2] == facts.summary["ensemble"]["headline"]


def test_it_says_what_goes_in_and_what_comes_out(card):
    assert "An ensemble of 4 image classifiers." in card
    assert "28 by 28 pixels and 1 channel, whole numbers from 0 to 255, and returns" in card
    assert "the probabilities of 10 classes" in card


def test_it_has_a_snippet_that_loads_the_champion_and_predicts(card):
    code = card.partition("```python\n")[2].partition("```")[0]
    compile(code, "model_card.md", "exec")
    assert 'mlflow.set_tracking_uri("sqlite:////data/mlflow.db")' in code
    assert 'load_model("models:/fashion@champion")' in code
    assert 'np.zeros((2, 28, 28, 1), dtype="uint8")' in code
    assert "tag `ripieno.run` is fashion-2024-11-02-quiet-viola; until" in card


def test_what_was_not_published_has_no_snippet(facts):
    summary = facts.summary | {"run": facts.summary["run"] | {"model": None}}
    card = model_card(summary)
    assert "```python" not in card
    assert "`ripieno score --model fashion-2024-11-02-quiet-viola" in card


def test_every_rule_that_was_compared_is_in_it(card, facts):
    for rule in facts.summary["pool"]["rules_compared"]:
        assert f"| {rule['rule']} |" in card


def test_scores_have_their_intervals(card, facts):
    low, mid, high = facts.summary["ensemble"]["test_intervals"]["accuracy"]
    assert f"{mid:.2%} ({low:.2%} to {high:.2%})" in card


def test_every_verdict_is_in_it(card, facts):
    for comparison in facts.summary["ensemble"]["comparisons"]:
        assert comparison["verdict"] in card


def test_limits_name_the_weakest_classes_first():
    summary = {
        "data": {"sizes": {"test": 50}, "classes": list("abcd"), "source": "digits",
                 "findings": ["2 images are in train."]},
        "members": [{"name": "dead", "status": "failed", "error": "out of memory"}],
        "ensemble": {
            "calibration": {"after": {"ece": 0.0123, "count": [10] * 5}},
            "per_class": [{"class": name, "recall": recall}
                          for name, recall in zip("abcd", (0.9, 0.5, 1.0, 0.75), strict=True)],
        },
    }  # fmt: skip
    sentences = limits(summary)
    assert "It finds least of these classes (recall on test): b (50.00%), d (75.00%) and a (90.00%)." in sentences  # fmt: skip  # noqa: E501  a sentence
    assert any("off by 1.23%" in sentence and "5 bins" in sentence for sentence in sentences)
    assert sentences[-2:] == [
        "dead failed and is not part of it: out of memory",
        "2 images are in train.",
    ]


def test_it_says_how_to_make_it_again(card, facts):
    assert "ripieno train --conf experiment.yaml" in card
    assert facts.summary["run"]["git_commit"] in card
    assert "filters: [[32], [64, 64]]" in card


def test_names_from_outside_start_no_markup(facts_of):
    evil = "<b>|*x*|"
    facts = facts_of(names=(evil, "b"), classes=(evil, "c"), failed=(evil,), n_test=60)
    card = model_card(facts.summary)
    text = card[: card.index("```")]
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert r"\<b\>\|\*x\*\|" in text


def test_a_lone_member_has_a_card(facts_of):
    facts = facts_of(
        names=("only",), classes=("cat", "dog"), failed=(), certificate=None, n_test=60
    )
    assert "An ensemble of 1 image classifier." in model_card(facts.summary)


def test_equal_facts_give_equal_bytes(facts, card):
    assert model_card(facts.summary) == card


def test_of_a_run_in_folds_the_card_says_what_a_member_is(facts_in_folds):
    card = model_card(facts_in_folds.summary)
    member = facts_in_folds.summary["data"]["folds"]["member"]
    told = {"refit": "then trained on all of them", "average": "the mean over the folds is the"}
    assert told[member] in card
    assert "out-of-fold probabilities of 1,437 development images in 5 folds" in card
    assert "on validation" not in card


def test_it_tells_what_the_prediction_sets_hold(card, facts):
    low, mid, high = facts.summary["ensemble"]["prediction_sets"]["test"]["coverage"]
    assert "A prediction set holds every class" in card
    assert f"the true class of {mid:.2%} ({low:.2%} to {high:.2%})" in card
    without = {k: v for k, v in facts.summary["ensemble"].items() if k != "prediction_sets"}
    assert "prediction set" not in model_card(facts.summary | {"ensemble": without})
