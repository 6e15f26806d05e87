import pytest

from ripieno.runtime.result_table import print_table

ROWS = [
    {"member": "ensemble", "weight": None, "validation log-loss": 0.25, "train seconds": "1,234.5"},
    {"member": "forest", "weight": 0.8, "validation log-loss": 0.5, "train seconds": "9.0"},
]


def test_a_table_is_aligned_and_unstyled_without_a_terminal(capsys):
    print_table(ROWS, title="digits")
    assert capsys.readouterr().out.splitlines() == [
        "digits",
        "member   weight validation log-loss train seconds",
        "ensemble                     0.2500       1,234.5",
        "forest   0.8000              0.5000           9.0",
    ]


def test_text_is_not_taken_for_markup(capsys):
    print_table([{"member": "[red]forest[/]"}], title="[bold]")
    assert capsys.readouterr().out.splitlines() == ["[bold]", "member", "[red]forest[/]"]


def test_no_rows_are_a_title(capsys):
    print_table([], title="digits")
    assert capsys.readouterr().out == "digits\n"


@pytest.fixture
def table(tmp_path, on_terminal):
    script = tmp_path / "script.py"
    script.write_text(
        "from ripieno.runtime.result_table import print_table\n"
        f"print_table({ROWS!r}, title='digits')\n"
    )

    def show(columns, environment=None):
        screen, written, _ = on_terminal(script, columns=columns, environment=environment)
        return screen.lines[:-1], written

    return show


def test_titles_break_between_words_on_a_narrow_terminal(table):
    lines, written = table(40)
    assert lines == [
        "digits",
        "                validation   train",
        "member   weight   log-loss seconds",
        "ensemble            0.2500 1,234.5",
        "forest   0.8000     0.5000     9.0",
    ]
    assert "\x1b[1mensemble" in written


def test_what_finds_no_room_is_named(table):
    assert table(30)[0][-1] == "Too narrow for: train seconds"


def test_no_colour_on_request(table):
    _, written = table(80, {"NO_COLOR": "1"})
    assert "\x1b[3" not in written
