import pytest

from ripieno.errors import ConfigurationError
from tasks.exporting import check_output


@pytest.mark.parametrize("name", ["", "missing/ensemble.onnx"])
def test_a_place_that_no_file_can_have_is_refused_in_one_line(name, tmp_path):
    with pytest.raises(ConfigurationError, match=r"^--output: expected .*$"):
        check_output(tmp_path / name)


def test_a_new_file_and_one_to_replace_are_fine(tmp_path):
    check_output(tmp_path / "ensemble.onnx")
    (tmp_path / "ensemble.onnx").touch()
    check_output(tmp_path / "ensemble.onnx")
