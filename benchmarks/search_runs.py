"""Searches by ripieno's own flow, away from the user's workspace and Prefect server."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conf.search_flags import SearchFlags


@contextmanager
def own_workspace() -> Iterator[Path]:
    """A temporary folder in which everything lands; enter it before Prefect is imported.

    Yields:
        The folder; it is removed at the end.
    """
    from conf.workspace import Workspace
    from flows.environment import prepare_environment
    from ripieno.runtime.guard import guarded_children

    with TemporaryDirectory(prefix="ripieno-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["RIPIENO_WORKSPACE"] = str(Path(folder, "workspace"))
        os.environ["PREFECT_HOME"] = str(Path(folder, "prefect"))
        for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
            os.environ.pop(name, None)
        prepare_environment(Workspace.default())()
        with guarded_children():  # of Prefect's temporary server, which all searches share
            yield Path(folder)


def run_search(conf: str, changes: Sequence[str], flags: "SearchFlags") -> dict[str, Any]:
    """Search as `make tune` does.

    Args:
        conf: Name or path of a configuration.
        changes: Its fields that are to be others, as `--set` takes them.
        flags: Member, sampler and budget.

    Returns:
        What `tuning.json` holds.

    Raises:
        RipienoError: If the configuration is at fault, or all trials fail.
    """
    from conf.loading import load_configuration
    from flows.tune import tune

    configuration = load_configuration(conf, changes, search=flags)
    tuned: Any = tune(configuration, return_state=True)
    content: dict[str, Any] = json.loads(tuned.result().summary.read_text())
    return content
