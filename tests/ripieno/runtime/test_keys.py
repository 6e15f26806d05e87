import hashlib
import sys
from pathlib import Path

import pytest

from ripieno.runtime.keys import key_of, source_digest


def test_key_is_the_hash_of_sorted_json_without_spaces():
    text = b'{"epochs":3,"rate":0.5,"sizes":[1,2]}'
    expected = hashlib.sha256(text).hexdigest()[:32]
    assert key_of({"sizes": (1, 2), "rate": 0.5, "epochs": 3}) == expected


def test_paths_count_as_their_text():
    assert key_of({"root": Path("/data/digits")}) == key_of({"root": "/data/digits"})


def test_not_a_number_is_no_part_of_a_key():
    with pytest.raises(ValueError, match="not JSON compliant"):
        key_of({"rate": float("nan")})


def test_an_object_is_no_part_of_a_key():
    with pytest.raises(TypeError, match="received object"):
        key_of({"rate": object()})


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "orchestra"
    (folder / "strings").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')\n")
    (folder / "horn.py").write_text("raise SystemExit('imported')\n")
    (folder / "strings" / "__init__.py").write_text("")
    (folder / "strings" / "viola.py").write_text("pitch = 'alto'\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_sources_are_hashed_without_being_imported(package):
    source_digest(["orchestra.horn", "orchestra"])
    assert not [name for name in sys.modules if name.startswith("orchestra")]


def test_digest_changes_with_the_source(package):
    before = source_digest(["orchestra.horn"])
    (package / "horn.py").write_text("keys = 4\n")
    assert source_digest(["orchestra.horn"]) != before


def test_digest_does_not_depend_on_the_order_of_names(package):
    names = ["orchestra.horn", "orchestra.strings.viola"]
    assert source_digest(names) == source_digest(reversed(names))


def test_digest_does_not_depend_on_other_modules(package):
    before = source_digest(["orchestra.horn"])
    (package / "strings" / "viola.py").write_text("pitch = 'tenor'\n")
    assert source_digest(["orchestra.horn"]) == before


def test_a_package_stands_for_all_its_modules(package):
    before = source_digest(["orchestra"])
    (package / "strings" / "viola.py").write_text("pitch = 'tenor'\n")
    assert source_digest(["orchestra"]) != before


@pytest.mark.parametrize("name", ["no_such_package", "orchestra.tuba", "orchestra.horn.valve"])
def test_a_module_without_source_is_named(package, name):
    with pytest.raises(ModuleNotFoundError, match=name):
        source_digest([name])


def test_a_module_outside_any_package_has_a_digest():
    assert len(source_digest(["tempfile"])) == 64
