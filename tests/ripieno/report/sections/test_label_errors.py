from ripieno.report.sections.label_errors import counted, label_errors


def test_it_counts_and_shows_the_least_likely_labels(facts):
    section = label_errors(facts)
    assert "Of 600 validation images" in section.text[0]
    assert (
        "puts 40 into another class than their label. 2 labels are likely wrong" in section.text[0]
    )
    (gallery,) = section.galleries
    assert gallery.note.startswith("The first 3 of 40. ")
    assert gallery.pictures[0].lines == (
        "labelled T-shirt/top,",
        "rather Trouser (99.1%)",
        "T-shirt/top/0000.png",
    )
    assert section.folded[0].rows[0] == [
        "T-shirt/top/0000.png", "T-shirt/top", "0.0012", "Trouser", "99.10%", "yes",
    ]  # fmt: skip


def test_labels_that_are_all_predicted_have_a_sentence_alone(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["label_errors"] |= {"n_listed": 0, "n_likely": 0, "first": []}
    none = type(facts)(
        facts.summary, facts.histories, facts.all_wrong, facts.only_ensemble, facts.unlikely[:0]
    )
    section = label_errors(none)
    assert section.galleries == []
    assert section.folded == []
    assert counted(facts.summary) == (
        "The ensemble, fitted without them, predicts the label of all of 600 validation images."
    )
