from ripieno.report.blocks import Cell
from ripieno.report.sections.contributions import contribution_table


def member(name, gain):
    return {
        "name": name, "status": "trained", "weight": 0.5, "train_seconds": 2.0,
        "inference_ms": 0.25, "megabytes": 4.0,
        "leave_one_out": {"log_loss": [gain - 0.01, gain, gain + 0.01],
                          "accuracy": [-0.01, 0.0, 0.02]},
    }  # fmt: skip


def test_the_largest_gain_leads_with_what_it_was_bought_with():
    table = contribution_table({"members": [member("a", 0.01), member("b", 0.03)]})
    assert [row[0] for row in table.rows] == ["b", "a"]
    assert table.rows[0][2:] == [
        Cell("+0.0300", "+0.0200 to +0.0400"),
        Cell("0.00", "\N{MINUS SIGN}1.00 to +2.00"),
        "2.00 s",
        "0.250",
        "4.00",
    ]
