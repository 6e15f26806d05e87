import csv
import io

import pytest

from ripieno.runtime.csv_file import write_csv


def written(columns, *rows):
    text = io.StringIO(newline="")
    write_csv(text, columns, rows)
    return text.getvalue()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_starts_a_formula_is_neutralised(start):
    name = f"{start}HYPERLINK(1).png"
    (row,) = csv.DictReader(io.StringIO(written(["image"], {"image": name}), newline=""))
    assert row["image"] == f"'{name}"


def test_a_column_of_such_a_name_is_neutralised_as_well():
    assert written(["=1+1"], {"=1+1": "a"}) == "'=1+1\r\na\r\n"


def test_figures_and_other_text_stay_as_they_are():
    row = {"a": -0.5, "b": "a=b", "c": None, "d": True, "e": 'say "x", y'}
    assert written(list(row), row) == ('a,b,c,d,e\r\n-0.5,a=b,,True,"say ""x"", y"\r\n')


def test_a_row_may_lack_a_column():
    assert written(["a", "b"], {"b": 1}) == "a,b\r\n,1\r\n"
