import pytest

from ripieno.errors import ConfigurationError, without_password


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
