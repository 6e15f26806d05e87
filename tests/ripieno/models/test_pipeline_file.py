import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import FunctionTransformer

from ripieno.errors import DataError, TrainingError
from ripieno.models.pipeline_file import TRUSTED, load, save


def foreign(value):
    return value


def test_stock_classifier_comes_back(tmp_path):
    save(DummyClassifier().fit([[0], [1], [2]], [1, 1, 0]), tmp_path)

    assert load(tmp_path).predict([[5]]).tolist() == [1]


def test_foreign_type_is_not_saved(tmp_path):
    with pytest.raises(TrainingError, match="which ripieno does not trust"):
        save(FunctionTransformer(foreign), tmp_path)


def test_foreign_type_in_a_file_is_not_loaded(tmp_path):
    skops.io.dump(FunctionTransformer(foreign), tmp_path / "model.skops")

    with pytest.raises(DataError, match=r"types that are not trusted: .*foreign"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive at all"])
def test_damaged_file_is_named(tmp_path, content):
    (tmp_path / "model.skops").write_bytes(content)

    with pytest.raises(DataError, match=r"model\.skops is damaged"):
        load(tmp_path)


def test_only_types_of_scikit_learn_and_our_one_function_are_trusted():
    assert {name for name in TRUSTED if not name.startswith("sklearn.")} == {
        "ripieno.models.rows.hog_of_rows"
    }
