import numpy as np

from ripieno.report.sections.confusion import most_frequent

COUNTS = np.array([[8, 2, 0], [0, 5, 0], [3, 1, 6]])


def test_the_most_frequent_confusion_leads_with_its_share_of_the_class():
    assert most_frequent(COUNTS, ["cat", "dog", "emu"]).rows == [
        ["emu", "cat", "3", "30.00%"],
        ["cat", "dog", "2", "20.00%"],
        ["emu", "dog", "1", "10.00%"],
    ]


def test_where_nothing_is_confused_nothing_is_listed():
    assert most_frequent(np.diag([3, 4]), ["cat", "dog"]).rows == []


def test_many_classes_are_listed_with_what_they_are_taken_for(facts_of):
    from ripieno.report.sections.confusion import confusion

    names = [f"c{i}" for i in range(31)]
    facts = facts_of(names=("a", "b"), classes=names, n_test=200, shape=(4, 4, 1))
    counts = np.diag(np.full(31, 5))
    counts[3, [7, 9]] = 1, 2
    facts.summary["ensemble"]["confusion_matrix"] = counts.tolist()
    table = confusion(facts).plots[0].numbers
    assert table.rows[3] == ["c3", "5", "c9 2, c7 1"]
    assert table.rows[4] == ["c4", "5", ""]
