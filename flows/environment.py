"""Settings that Prefect, MLflow and TensorFlow read when they are imported, so before they are."""

import os
import time
from pathlib import Path

from conf.services import service_settings
from tasks.services.health import is_healthy
from tasks.services.processes import supervisor_of
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
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # it would write across the members' lines
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
    use_own_services()
    url = os.environ.get("PREFECT_API_URL")
    if url and not answers(url):
        del os.environ["PREFECT_API_URL"]


def use_own_services() -> None:
    """Record where `ripieno up` shows it, while that runs, unless the user says otherwise."""
    settings = service_settings()
    if supervisor_of(settings.directory) is None:
        return
    if is_healthy(f"{settings.prefect_url}/api/health"):
        os.environ.setdefault("PREFECT_API_URL", f"{settings.prefect_url}/api")
    if is_healthy(f"{settings.mlflow_url}/health"):
        os.environ.setdefault("MLFLOW_TRACKING_URI", settings.mlflow_url)


def answers(url: str) -> bool:
    """Whether a Prefect server is healthy at an API URL such as http://127.0.0.1:4200/api."""
    return is_healthy(f"{url.rstrip('/')}/health")
