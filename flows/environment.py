"""Settings that Prefect, MLflow and TensorFlow read when they are imported, so before they are."""

import os
import time
import urllib.error
import urllib.request
from pathlib import Path

from tasks.stages import STARTED

DEFAULTS = {
    # Nothing phones home. MLflow reads only the word, not "1".
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # A busy machine needs more than Prefect's 20 seconds to start its server.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "ripieno",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",  # workers are watched by threads of ours
    # The terminal shows the members' progress; Prefect's own lines are in its UI.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    # A tracking server that died would otherwise be asked again for four minutes a call.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def prepare_environment() -> None:
    """Fill in what the user has not set, and drop a Prefect server that does not answer."""
    os.environ.setdefault(STARTED, str(time.time()))
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    if home := os.environ.get("PREFECT_HOME"):
        # Prefect makes the folder but not those above it, and its server then never starts.
        Path(home).expanduser().mkdir(parents=True, exist_ok=True)
    url = os.environ.get("PREFECT_API_URL")
    if url and not answers(url):
        del os.environ["PREFECT_API_URL"]


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether a Prefect server is healthy at an API URL such as http://127.0.0.1:4200/api."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=seconds) as reply:  # noqa: S310  the scheme is checked above
            return bool(reply.status == 200)
    except urllib.error.HTTPError as error:
        return error.code in (401, 403)  # it is there and wants a password, which Prefect has
    except OSError:
        return False
