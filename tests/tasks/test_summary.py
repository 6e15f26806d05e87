import pytest

from tasks.summary import without_password


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:////data/my folder/mlflow.db", "sqlite:////data/my folder/mlflow.db"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("postgresql://ana:s3c:r@t@db:5432/mlflow", "postgresql://ana:***@db:5432/mlflow"),
        ("https://ana:secret@example.org/a@b", "https://ana:***@example.org/a@b"),
    ],
)
def test_an_address_is_shown_without_its_password(uri, shown):
    assert without_password(uri) == shown
