from ripieno.report.sections.data import data, data_table, overlap_table


def test_shape_and_sizes_are_in_words(facts):
    rows = dict(data_table(facts.summary).rows)
    assert rows["images"] == "28 by 28 pixels, 1 channel"
    assert rows["train images"] == "54,000"


def test_images_in_two_splits_are_counted_identical_and_nearly_so(facts):
    assert overlap_table(facts.summary).rows[1] == ["test images that are in train", "10", "3"]


def test_what_was_not_looked_for_is_a_dash(facts):
    facts = facts.summary["data"] | {}
    del facts["near_duplicates_across_splits"]
    assert overlap_table({"data": facts}).rows[1][2] == "\N{EN DASH}"


def test_where_nothing_was_found_it_says_so(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["data"]["findings"] = []
    assert data(facts).text == ["Nothing was found amiss."]
