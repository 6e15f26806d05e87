from ripieno.report.sections.costs import costs


def test_pools_of_the_frontier_are_listed_behind_the_models(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["pool"]["frontier"] = [
        {"members": ["b"], "inference_ms": 1.5, "log_loss": 0.5},
        {"members": ["a", "b"], "inference_ms": 5.5, "log_loss": 0.25},
    ]
    rows = costs(facts).plots[1].numbers.rows
    assert [row[0] for row in rows[:3]] == ["ensemble", "a", "b"]
    assert rows[3:] == [
        ["frontier: b", "1.50", "0.5000"],
        ["frontier: a and b", "5.50", "0.2500"],
    ]


def test_without_a_frontier_the_models_are_drawn(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["pool"]["frontier"] = []
    assert len(costs(facts).plots) == 2
