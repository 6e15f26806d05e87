from dataclasses import replace

import pytest

from ripieno.report.blocks import Cell
from ripieno.report.sections.search import (
    best_first,
    best_table,
    history_figure,
    search,
    section_of,
    sentences,
    space_table,
    trials_table,
    written,
)

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
SPACE = {
    "kind": ["plain", "gated"],
    "rate": {"low": 1e-4, "high": 0.1, "log": True},
    "n": {"low": 1, "high": 9, "step": 2},
}


def trial(number, log_loss=0.5, accuracy=0.8, **more):
    entry = {
        "number": number, "state": "complete", "values": [log_loss],
        "params": {"kind": "plain", "rate": 0.0123456, "n": 3}, "n_epochs": 5, "generation": None,
        "log_loss": log_loss, "accuracy": accuracy, "inference_ms": 0.25, "seconds": 12.34,
    }  # fmt: skip
    return entry | more


def ended(number, state, **more):
    """A trial without scores."""
    entry = trial(number, state=state, values=None, n_epochs=2)
    return {k: v for k, v in entry.items() if k not in ("log_loss", "accuracy")} | more


def winner(number, log_loss=0.2, accuracy=0.925):
    scores = {"log_loss": log_loss, "accuracy": accuracy, "inference_ms": 0.2}
    return {"trial": number, "settings": {}, **scores}


GAINS = {"log_loss": [0.01, 0.03, 0.05], "accuracy": [-0.01, 0.0125, 0.02]}


def entry_of(**changes):
    entry = {
        "member": "net", "architecture": "dense_batchnorm", "study": "digits-net-12ab34cd",
        "objective": {"name": "log_loss", "metrics": ["log_loss"]}, "directions": ["minimize"],
        "sampler": {"kind": "bayesian", "class": "optuna.samplers._tpe.sampler.TPESampler"},
        "pruner": {"kind": "median", "class": "optuna.pruners._median.MedianPruner"},
        "seed": 3, "budget": {"trials": 4, "minutes": None},
        "counts": {"complete": 3, "pruned": 0, "fail": 0}, "n_in_this_run": 3, "space": SPACE,
        "trials": [trial(0, 0.4), trial(1, 0.2, 0.925), trial(2, 0.3)],
        "configured": {"log_loss": 0.35, "accuracy": 0.9, "inference_ms": 0.3},
        "importance": {"rate": 0.75, "kind": 0.25}, "winners": [winner(1)], "bought": GAINS,
    }  # fmt: skip
    return entry | changes


PARETO = {
    "objective": {
        "name": "log_loss_and_inference_ms", "metrics": ["log_loss", "inference_ms"]
    },
    "directions": ["minimize", "minimize"],
    "trials": [trial(0, 0.4, values=[0.4, 0.125]), trial(1, 0.2, values=[0.2, 1234.5])],
    "counts": {"complete": 2, "pruned": 0, "fail": 0},
}  # fmt: skip


def cells(table, column):
    position = list(table.columns).index(column)
    return [row[position].plain for row in table.cells]


def test_without_a_search_there_is_no_section(facts):
    assert search(facts) is None
    assert search(replace(facts, summary=facts.summary | {"search": []})) is None


def test_every_search_of_the_run_has_its_part(facts):
    entries = [entry_of(), entry_of(member="forest")]
    section = search(replace(facts, summary=facts.summary | {"search": entries}))
    assert section.name == "search"
    assert [table.title for table in section.tables] == [
        "Best trials of net", "Best trials of forest"
    ]  # fmt: skip
    assert [table.title for table in section.folded] == [
        "Every trial of net", "Search space of net",
        "Every trial of forest", "Search space of forest",
    ]  # fmt: skip
    assert [plot.title for plot in section.plots] == [
        "Trials of net", "What mattered for net", "Trials of forest", "What mattered for forest"
    ]  # fmt: skip
    assert [finding.partition(":")[0] for finding in section.findings] == ["net"] * 3 + (
        ["forest"] * 3
    )


def test_the_reader_is_told_that_the_test_set_was_not_used():
    assert "the test set stayed sealed" in section_of([entry_of()]).text[0]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((3, 0, 0), "3 trials by TPESampler (bayesian), sought by log_loss: 3 complete."),
        ((1, 0, 0), "1 trial by TPESampler (bayesian), sought by log_loss: 1 complete."),
        ((3, 2, 0), "5 trials by TPESampler (bayesian), sought by log_loss: 3 complete, 2 pruned."),
        ((3, 0, 1), "4 trials by TPESampler (bayesian), sought by log_loss: 3 complete, 1 failed."),
        (
            (1990, 9, 1),
            "2,000 trials by TPESampler (bayesian), sought by log_loss: 1990 complete, 9 pruned and"
            " 1 failed.",
        ),
        ((0, 0, 2), "2 trials by TPESampler (bayesian), sought by log_loss: 0 complete, 2 failed."),
    ],
)
def test_what_was_tried_is_counted(counts, words):
    counted = dict(zip(("complete", "pruned", "fail"), counts, strict=True))
    assert sentences(entry_of(counts=counted))[0] == f"net: {words}"


def test_the_winner_is_named_with_its_scores():
    assert sentences(entry_of())[1] == (
        "net: joins the ensemble as trial 1 (log-loss 0.2000, 92.50%)."
    )


def test_several_winners_are_listed():
    winners = [winner(1), winner(None, 0.35, 0.9), winner(7, 0.25, 0.91)]
    assert sentences(entry_of(winners=winners))[1] == (
        "net: joins the ensemble as trial 1 (log-loss 0.2000, 92.50%), as configured (log-loss"
        " 0.3500, 90.00%) and trial 7 (log-loss 0.2500, 91.00%)."
    )


def test_a_member_that_nothing_beats_stays():
    assert sentences(entry_of(winners=[winner(None, 0.35, 0.9)]))[1] == (
        "net: no trial is better than the member as configured (log-loss 0.3500, 90.00%), which"
        " stays."
    )


def test_what_was_bought_is_said_with_its_interval():
    assert sentences(entry_of())[2] == (
        "net: the search's choice gains +0.0300 nats (+0.0100 to +0.0500) and +1.25 points of"
        " accuracy over the member as configured, chosen by log-loss, on validation, cross-fitted;"
        " in log-loss this is distinguishable from chance."
    )


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ([0.01, 0.03, 0.05], "this is distinguishable"),
        ([-0.05, -0.03, -0.01], "this is distinguishable"),
        ([-0.01, 0.02, 0.05], "this is not distinguishable"),
        ([0.0, 0.02, 0.05], "this is not distinguishable"),
    ],
)
def test_a_gain_is_called_chance_where_its_interval_holds_zero(interval, verdict):
    assert verdict in sentences(entry_of(bought=GAINS | {"log_loss": interval}))[2]


def test_a_loss_has_a_true_minus():
    bought = {"log_loss": [-0.05, -0.03, 0.01], "accuracy": [-0.02, -0.01, 0.0]}
    told = sentences(entry_of(bought=bought))[2]
    assert f"gains {MINUS}0.0300 nats ({MINUS}0.0500 to +0.0100) and {MINUS}1.00 points" in told


def test_a_search_that_chose_what_was_configured_bought_nothing_to_speak_of():
    nothing = {"log_loss": [0.0, 0.0, 0.0], "accuracy": [0.0, 0.0, 0.0]}
    assert len(sentences(entry_of(bought=nothing))) == 2


def test_a_member_that_failed_as_configured_is_no_reference():
    entry = entry_of(configured=None)
    del entry["bought"]
    assert len(sentences(entry)) == 2
    assert history_figure(entry) is not None


def test_the_gain_on_test_stands_beside_that_on_validation():
    on_test = {"log_loss": [-0.01, 0.02, 0.05], "accuracy": [0.0, 0.01, 0.02]}
    told = sentences(entry_of(bought_on_test=on_test))
    assert "on validation, cross-fitted; in log-loss this is distinguishable" in told[2]
    assert "on test; in log-loss this is not distinguishable" in told[3]


def test_the_best_trials_lead_and_the_winners_stand_out():
    table = best_table(entry_of())
    assert table.columns == ["trial", "log-loss", "accuracy", "training", "rate", "kind"]
    assert table.rows[0] == ["1", "0.2000", "92.50%", "12.3 s", "0.01235", "plain"]
    assert cells(table, "trial") == ["1", "2", "0"]
    assert table.emphasised == [0]


def test_ties_stay_in_their_order():
    trials = [trial(0, 0.4), trial(1, 0.2), trial(4, 0.2), trial(5, 0.1)]
    assert [each["number"] for each in best_first(entry_of(trials=trials))] == [5, 1, 4, 0]


def test_the_highest_is_the_best_where_that_is_the_aim():
    trials = [trial(n, 0.3, accuracy, values=[accuracy]) for n, accuracy in enumerate((0.7, 0.9))]
    entry = entry_of(
        trials=trials,
        objective={"name": "accuracy", "metrics": ["accuracy"]},
        directions=["maximize"],
    )
    table = best_table(entry)
    assert cells(table, "trial") == ["1", "0"]
    assert table.columns[:4] == ["trial", "accuracy", "log-loss", "training"]
    assert table.rows[0][:3] == ["1", "90.00%", "0.3000"]


def test_a_marginal_gain_has_its_own_column():
    trials = [trial(0, values=[0.0123]), trial(1, values=[-0.5])]
    entry = entry_of(
        trials=trials,
        objective={"name": "marginal_gain", "metrics": ["marginal_gain"]},
        directions=["maximize"],
    )
    table = best_table(entry)
    assert table.columns[:4] == ["trial", "gain in nats", "log-loss", "accuracy"]
    assert [row[1] for row in table.rows] == ["0.0123", f"{MINUS}0.5000"]
    assert section_of([entry]).plots[0].numbers.columns == ("trial", "gain in nats")


def test_two_aims_have_two_columns():
    table = best_table(entry_of(**PARETO))
    assert table.columns[:4] == ["trial", "log-loss", "ms an image", "accuracy"]
    assert [row[:4] for row in table.rows] == [
        ["1", "0.2000", "1,234", "80.00%"], ["0", "0.4000", "0.125", "80.00%"]
    ]  # fmt: skip
    assert cells(trials_table(entry_of(**PARETO)), "values") == ["0.4, 0.125", "0.2, 1234"]


def test_two_aims_are_named_as_what_was_sought():
    assert "sought by log_loss_and_inference_ms: 2 complete." in sentences(entry_of(**PARETO))[0]
    assert len(section_of([entry_of(**PARETO)]).plots) == 2


def test_ten_trials_are_shown_of_many():
    trials = [trial(number, 1 / (number + 1)) for number in range(25)]
    assert cells(best_table(entry_of(trials=trials)), "trial") == [
        str(number) for number in range(24, 14, -1)
    ]
    assert len(trials_table(entry_of(trials=trials)).rows) == 25


def test_a_hyperparameter_that_a_trial_did_not_have_is_a_dash():
    trials = [trial(0), trial(1, params={"kind": None})]
    assert cells(best_table(entry_of(trials=trials)), "rate") == ["0.01235", DASH]
    assert cells(best_table(entry_of(trials=trials)), "kind") == ["plain", DASH]


def test_six_hyperparameters_at_most_stand_beside_a_trial():
    shares = {f"p{i}": 0.1 for i in range(9)}
    assert best_table(entry_of(importance=shares)).columns[4:] == [f"p{i}" for i in range(6)]


def test_generations_are_shown_where_there_are_any():
    trials = [trial(0, 0.5, generation=0), trial(1, 0.4, generation=1), trial(2, 0.6)]
    entry = entry_of(trials=trials)
    assert cells(best_table(entry), "generation") == ["1", "0", DASH]
    assert cells(trials_table(entry), "generation") == ["0", "1", DASH]
    assert "generation" not in best_table(entry_of()).columns


def test_every_trial_that_ended_says_how():
    trials = [
        trial(0),
        ended(1, "pruned", values=[0.98765]),
        ended(3, "failed", n_epochs=0, reason="diverged"),
    ]
    table = trials_table(entry_of(trials=trials))
    assert cells(table, "trial") == ["0", "1", "3"]
    assert [row[1] for row in table.rows] == [
        Cell("complete", ""), Cell("pruned", ""), Cell("failed", "diverged")
    ]  # fmt: skip
    assert cells(table, "values") == ["0.5", "0.9877", DASH]
    assert cells(table, "epochs") == ["5", "2", DASH]
    assert cells(table, "hyperparameters")[0] == "kind plain, rate 0.01235, n 3"


def test_only_complete_trials_are_among_the_best():
    trials = [ended(0, "pruned", values=[0.01]), trial(1), ended(2, "failed", reason="diverged")]
    entry = entry_of(trials=trials)
    assert cells(best_table(entry), "trial") == ["1"]
    assert section_of([entry]).plots[0].numbers.rows == [["1", "0.5"]]


def test_a_search_without_a_complete_trial_has_no_figure():
    entry = entry_of(
        trials=[ended(0, "failed", reason="diverged")],
        counts={"complete": 0, "pruned": 0, "fail": 1},
        importance={},
        winners=[winner(None)],
    )
    section = section_of([entry])
    assert history_figure(entry) is None
    assert section.plots == []
    assert section.tables[0].rows == []
    assert "0 complete, 1 failed." in section.findings[0]


def test_the_space_is_told_with_its_scale_and_what_mattered():
    table = space_table(entry_of())
    assert table.rows == [
        ["kind", "plain, gated", "25.00%"],
        ["rate", "0.0001 to 0.1, on a logarithmic scale", "75.00%"],
        ["n", "1 to 9, in steps of 2", DASH],
    ]


def test_where_nothing_can_be_said_of_importance_nothing_is_drawn():
    entry = entry_of(importance={})
    assert [plot.title for plot in section_of([entry]).plots] == ["Trials of net"]
    assert cells(space_table(entry), "importance") == [DASH] * 3
    assert best_table(entry).columns[4:] == ["kind", "rate", "n"]


def test_what_mattered_is_told_as_shares():
    plot = section_of([entry_of()]).plots[1]
    assert plot.numbers.rows == [["rate", "75.00%"], ["kind", "25.00%"]]
    assert "2 hyperparameters of net, by PED-ANOVA" in plot.svg


def test_every_dot_of_the_figure_is_in_its_table():
    plot = section_of([entry_of()]).plots[0]
    assert plot.numbers.columns == ("trial", "log-loss")
    assert plot.numbers.rows == [["0", "0.4"], ["1", "0.2"], ["2", "0.3"]]
    assert "3 complete trials of net" in plot.svg


@pytest.mark.parametrize(
    ("directions", "best"), [(["minimize"], [0.4, 0.2, 0.2]), (["maximize"], [0.4, 0.4, 0.4])]
)
def test_the_line_is_the_best_so_far(directions, best):
    axes = history_figure(entry_of(directions=directions)).axes[0]
    assert any(list(line.get_ydata()) == best for line in axes.get_lines())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, DASH),
        (0.000123456, "0.0001235"),
        (-0.5, f"{MINUS}0.5"),
        (1e-7, f"1e{MINUS}07"),
        (128, "128"),
        ("relu", "relu"),
        ("[[8], [16]]", "[[8], [16]]"),
    ],
)
def test_a_hyperparameter_is_written_with_four_figures(value, text):
    assert written(value) == text
