"""A registered model as one ONNX file."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from conf.schema import Configuration
from ripieno.data.storage import open_test_images
from ripieno.errors import ConfigurationError, DataError
from ripieno.runtime.store import Store
from ripieno.serving.ensemble import Ensemble
from tasks.publication import DATA
from tasks.runs import model_name
from tasks.serving import require_version
from tasks.tracking import open_registry
from tasks.tracking.models import open_ensemble

NEEDED = ("onnx", "onnxruntime", "skl2onnx", "tf2onnx")


def export_onnx(configuration: Configuration, alias: str, path: Path) -> str:
    """Write a version as ONNX, checked on the test images it was evaluated on.

    Args:
        configuration: Names the registered model and the workspace.
        alias: `champion` or `challenger`.
        path: The file to write.

    Returns:
        A line on what was written.

    Raises:
        ConfigurationError: If the file cannot be written, the extra is not installed, or there is
            no such version.
        DataError: If its data are gone.
        PublicationError: If a member cannot be converted.
    """
    check_output(path)
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise ConfigurationError(
            f"Exporting needs {', '.join(missing)}: install the extra, `pip install ripieno[onnx]`."
        )
    from ripieno.serving.onnx.ensemble import export

    uri = configuration.workspace.tracking_uri
    version = require_version(open_registry(uri, model_name(configuration)), alias)
    sealed = Store(configuration.workspace.store).find("sealed", version.tags[DATA])
    if sealed is None:
        raise DataError(
            f"The data {version.tags[DATA]} of {version.uri} are not in this workspace: there is "
            "nothing to check the ONNX model on. Export where it was trained."
        )
    ensemble: Ensemble = open_ensemble(uri, version.uri)
    difference = export(ensemble, open_test_images(sealed), path)
    megabytes = path.stat().st_size / 1e6
    return (
        f"{path}: {version.uri} as ONNX, {megabytes:.1f} MB; onnxruntime gives its test "
        f"probabilities to {difference:.1e}."
    )


def check_output(path: Path) -> None:
    """Refuse a place where no file can be written.

    Raises:
        ConfigurationError: If it is a folder, or lies in one that is missing or takes no file.
    """
    reason = "that is a folder" if path.is_dir() else ""
    if not reason:
        try:
            with tempfile.TemporaryFile(dir=path.absolute().parent):
                pass
        except OSError as error:
            reason = error.strerror or str(error)
    if reason:
        raise ConfigurationError(f"--output: expected a file to write, received {path}: {reason}.")
