from ripieno.report.sections.classes import class_table, classes


def row(name, f1, before):
    return {"class": name, "support": 1000, "precision": 0.5, "recall": 0.25, "f1": f1,
            "best_member_f1": before}  # fmt: skip


def test_the_largest_gain_leads():
    summary = {"ensemble": {"per_class": [row("a", 0.5, 0.6), row("b", 0.8, 0.7)]}}
    assert class_table(summary).rows == [
        ["b", "1,000", "0.500", "0.250", "0.800", "0.700", "+0.100"],
        ["a", "1,000", "0.500", "0.250", "0.500", "0.600", "\N{MINUS SIGN}0.100"],
    ]


def test_of_many_classes_both_ends_are_drawn_and_all_are_listed(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["ensemble"]["per_class"] = [row(f"c{i:02d}", i / 50, 0.5) for i in range(50)]
    (plot,) = classes(facts).plots
    assert len(plot.numbers.rows) == 50
    assert all(name in plot.svg for name in ("c49", "c38", "c11", "c00"))
    assert not any(name in plot.svg for name in ("c37", "c12"))
