import pytest

from conf.loading import load_configuration
from tasks.turns import limit_name


def name(*changes):
    return limit_name(load_configuration("smoke", changes).dataset)


def test_a_data_set_is_told_by_its_source_and_name():
    assert name() == "data-digits"
    assert name("dataset={source: keras, name: fashion_mnist}") == "data-keras-fashion_mnist"


def test_two_files_are_two_data_sets():
    one, two = (name(f"dataset={{source: npz, path: {path}}}") for path in ("a/x.npz", "b/x.npz"))
    assert one != two


@pytest.mark.parametrize("path", ["a & b/<x>%.npz", "/tmp/x.npz"])
def test_a_name_holds_nothing_that_prefect_refuses(path):
    assert not set(name(f"dataset={{source: npz, path: '{path}'}}")) & set("/%&<> ")
