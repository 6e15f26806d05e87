from ripieno.report.blocks import Cell, Table
from ripieno.report.markdown import code_block, escaped, markdown_table


def test_no_character_of_a_name_starts_markup():
    assert escaped("<b>*x*|[y](z)`$") == r"\<b\>\*x\*\|\[y\](z)\`\$"


def test_underscores_within_words_need_no_escape():
    assert escaped("convnet_batchnorm _x_") == r"convnet_batchnorm \_x\_"


def test_line_breaks_end_no_table():
    assert escaped("one\n  two") == "one two"


def test_a_table_has_figures_flush_right_and_details_in_brackets():
    table = Table("t", ("name", "kind", "n"), [["a|b", "c", Cell("1", "0 to 2")]], words=("kind",))
    assert markdown_table(table).splitlines() == [
        "| name | kind | n |",
        "| --- | --- | --: |",
        r"| a\|b | c | 1 (0 to 2) |",
    ]


def test_a_fence_is_longer_than_any_within():
    assert code_block("a\n````\nb\n", "yaml") == "`````yaml\na\n````\nb\n`````"
