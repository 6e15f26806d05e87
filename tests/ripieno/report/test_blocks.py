import pytest

from ripieno.report.blocks import Cell, Table


def test_a_row_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="expected 2 cells a row, received 1"):
        Table("scores", ("name", "score"), [["a"]])


def test_the_first_column_and_those_so_called_hold_words():
    table = Table("t", ("name", "n", "kind"), [], words=("kind",))
    assert [table.is_words(i) for i in range(3)] == [True, False, True]


def test_every_cell_is_a_cell():
    table = Table("t", ("name", "n"), [["a", Cell("1", "0 to 2")]])
    assert table.cells == [[Cell("a"), Cell("1", "0 to 2")]]
    assert table.cells[0][1].plain == "1 (0 to 2)"
