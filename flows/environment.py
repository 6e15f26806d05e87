"""What Prefect, MLflow and TensorFlow read when they are imported, so set before they are."""

import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec

from conf.services import LOOPBACK, TEMPORARY_SERVER, is_loopback, service_settings
from conf.workspace import Workspace, absolute_url
from flows.prefect_server import TemporaryServer, configured_url
from ripieno.data.paths import resolve_path
from ripieno.errors import ConfigurationError
from ripieno.runtime.progress_line import now_doing
from tasks.services.credentials import CLIENT, SERVER, known_credentials
from tasks.services.health import is_healthy, prefect_is_healthy
from tasks.services.processes import supervisor_of
from tasks.services.programs import mlflow_password
from tasks.stages import STARTED

DEFAULTS = {
    # Nothing phones home. MLflow reads only the word, not "1".
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "ripieno",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",  # workers are watched by threads of ours
    # The terminal shows the members' progress; Prefect's own lines are in its UI.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    # Two minutes: an outage that ends by then costs nothing. See tasks/observers.py.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "6",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # it would write across the members' lines
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
ANSWER_SECONDS = 8.0


def prepare_environment(workspace: Workspace, *, prefect: bool = True) -> Callable[[], None]:
    """Fill in what the user has not set, and find the servers.

    Args:
        workspace: Where runs are recorded unless a server is asked for; made if it does not exist.
        prefect: Whether the command needs a Prefect server. A temporary one starts at once, where
            none is asked for or the one that is does not answer.

    Returns:
        Waits until the Prefect server answers: to be called after the imports, which take as long.

    Raises:
        ConfigurationError: If the workspace, a setting or MLflow's tracking store cannot be used.
    """
    now_doing("Starting Prefect and MLflow" if prefect else "Starting MLflow")
    os.environ.setdefault(STARTED, str(time.time()))
    set_defaults()
    workspace.make()
    use_own_services()
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        if asked := os.environ.get(name):
            from tasks.tracking.address import check_tracking_uri

            # Absolute, for processes in other folders and for MLflow's own code.
            os.environ[name] = absolute_url(asked)
            check_tracking_uri(os.environ[name], name)
    return use_prefect(workspace) if prefect else lambda: None


def set_defaults() -> None:
    """Fill in what the user has not set."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever others of the user's programs take
    keep_loopback_off_proxies()
    keep_warnings_harmless()
    if home := os.environ.get("PREFECT_HOME"):
        os.environ["PREFECT_HOME"] = str(resolve_path(home))


def require_prefect() -> None:
    """Make sure that the Prefect server which is asked for answers.

    Raises:
        ConfigurationError: If none is, or it does not answer.
    """
    set_defaults()
    use_own_services()
    url = configured_url()
    if url is None or not answers(url):
        received = f"nothing at {url}" if url else "none"
        raise ConfigurationError(
            "Expected a Prefect server that answers at PREFECT_API_URL, such as"
            f" http://127.0.0.1:4200/api, received {received}. Start one: make up."
        )
    take_server(url)


def use_prefect(workspace: Workspace) -> Callable[[], None]:
    """Use the Prefect server that is asked for and answers, else a temporary one.

    Returns:
        Waits until it answers.
    """
    url = configured_url()
    if url and answers(url):
        take_server(url)
        return lambda: None
    if url:
        print(
            f"ripieno: the Prefect server at {url} does not answer: using a temporary one. Start"
            " it, or take it out of PREFECT_API_URL, .env, prefect.toml or the profile.",
            file=sys.stderr,
        )
    # Prefect's client writes there too, and a home that may not be written would stop it.
    os.environ["PREFECT_HOME"] = str(workspace.prefect_home)
    server = TemporaryServer(workspace)
    os.environ[TEMPORARY_SERVER] = server.url
    take_server(server.url, server.credentials)
    return server.wait


def take_server(url: str, password: str | None = None) -> None:
    """Have this process and its children use a Prefect server.

    Args:
        url: Of its API.
        password: `USER:PASSWORD`; None: that of our own services, where it is theirs.
    """
    settings = service_settings()
    if password is None and url.rstrip("/") == f"{settings.prefect_url}/api":
        known = os.environ.get(SERVER) or known_credentials(settings.directory)
        password = os.environ.get(CLIENT) or known
    os.environ["PREFECT_API_URL"] = url
    if password is not None:
        os.environ[CLIENT] = password
    if "prefect" in sys.modules:  # it has read the environment then
        from prefect.context import refresh_global_settings_context

        refresh_global_settings_context()


def use_own_services() -> None:
    """Record where `ripieno up` shows it, while that runs; the environment goes before it."""
    settings = service_settings()
    if supervisor_of(settings.directory) is None:
        return
    if prefect_is_healthy(f"{settings.prefect_url}/api"):
        os.environ.setdefault("PREFECT_API_URL", f"{settings.prefect_url}/api")
    if is_healthy(f"{settings.mlflow_url}/health"):
        os.environ.setdefault("MLFLOW_TRACKING_URI", settings.mlflow_url)
    if not is_loopback(settings.host) and (known := known_credentials(settings.directory)):
        for name, value in mlflow_password(settings, known).items():
            os.environ.setdefault(name, value)


def keep_loopback_off_proxies() -> None:
    """Have no library ask a proxy for a server on this machine.

    A SOCKS proxy is left out where the HTTP library cannot use one: it would refuse to start.
    """
    if find_spec("socksio") is None:
        for name, value in list(os.environ.items()):
            if name.lower().endswith("_proxy") and value.lower().startswith("socks"):
                del os.environ[name]
    for name in ("no_proxy", "NO_PROXY"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host.strip()]
        os.environ[name] = ",".join([*hosts, *(host for host in LOOPBACK if host not in hosts)])


def keep_warnings_harmless() -> None:
    """Have a library's warning end nothing, in worker processes as well.

    Where the user has warnings raised (`PYTHONWARNINGS=error`), every member would fail by what
    MLflow and Keras say of NumPy: Python's own filters are put in place again.
    """
    if not any(option.startswith("error") for option in sys.warnoptions):
        return
    sys.warnoptions[:] = [each for each in sys.warnoptions if not each.startswith("error")]
    os.environ["PYTHONWARNINGS"] = ",".join(sys.warnoptions)
    warnings.resetwarnings()
    for category in (
        DeprecationWarning,
        PendingDeprecationWarning,
        ImportWarning,
        ResourceWarning,
    ):
        warnings.simplefilter("ignore", category)


def answers(url: str) -> bool:
    """Whether a Prefect server is healthy at an API URL such as http://127.0.0.1:4200/api."""
    healthy: list[bool] = []

    def ask() -> None:
        healthy.append(prefect_is_healthy(url, seconds=ANSWER_SECONDS / 2))

    # Looking up a host's address takes as long as it likes.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    return healthy == [True]
