import pytest

from ripieno.display import printable, without_password
from ripieno.errors import ConfigurationError, DataError
from ripieno.report.markdown import escaped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:////data/my folder/mlflow.db", "sqlite:////data/my folder/mlflow.db"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("models:/digits@champion", "models:/digits@champion"),
        ("postgresql://ana:s3c:r@t@db:5432/mlflow", "postgresql://ana:***@db:5432/mlflow"),
        ("https://ana:secret@example.org/a@b", "https://ana:***@example.org/a@b"),
        ("no route to mysql://ann:secret@host:1/x?y", "no route to mysql://ann:***@host:1/x?y"),
        ("postgres//ann:secret@host/x", "postgres//ann:***@host/x"),
        ("postgresql:/ann:secret@host/x", "postgresql:/ann:***@host/x"),
        ("received 'ann:secret@host'", "received 'ann:***@host'"),
        ("http://:secret@host", "http://:***@host"),
    ],
)
def test_an_address_is_shown_without_its_password(text, shown):
    assert without_password(text) == shown
    assert str(ConfigurationError(text)) == shown


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\x07", "a\u202etxt.exe", "a\r", "a\x9b", "a\udcff"])
def test_a_name_that_a_terminal_would_obey_is_shown_as_text(name):
    for shown in (printable(name), str(DataError(name)), escaped(name)):
        assert shown.isprintable()
        assert shown.startswith("a")
    assert printable("Käse\n\t猫 🐈") == "Käse\n\t猫 🐈"
