"""Who may use this workspace's Prefect server: whoever can read one file of the workspace.

Loopback does not stop a browser: a web page could have a server without a password make a flow
whose worker runs a command. So each workspace has a password, made when it is first needed.
"""

import base64
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ripieno.errors import ConfigurationError

SERVER, CLIENT = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
"""Where Prefect's server and its clients look for `USER:PASSWORD`."""
FILE = "prefect-password"
USER = "ripieno"


def credentials(services: Path, environment: Mapping[str, str]) -> str:
    """`USER:PASSWORD` of the Prefect server: what the user has set, else the workspace's own.

    Args:
        services: The workspace's folder of services; made where it does not exist.
        environment: May have `PREFECT_SERVER_API_AUTH_STRING`.

    Raises:
        ConfigurationError: If the file cannot be written or read.
    """
    if asked := environment.get(SERVER):
        return asked
    try:
        return known_credentials(services) or _make(services)
    except OSError as error:
        raise ConfigurationError(
            f"Expected to keep Prefect's password in {services / FILE}, received {error}. Set"
            f" {SERVER}=USER:PASSWORD, or mend it."
        ) from None


def known_credentials(services: Path) -> str | None:
    """The workspace's own, None where none were made yet."""
    try:
        return (services / FILE).read_text().strip() or None
    except FileNotFoundError:
        return None


def authorization(client: str | None) -> dict[str, str]:
    """The header that a request to the Prefect API needs.

    Args:
        client: `USER:PASSWORD`; None: the server wants none.
    """
    if not client:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(client.encode()).decode()}"}


def _make(services: Path) -> str:
    """Write a new password, unless another process does at this moment: then theirs counts."""
    services.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=services, prefix=f".{FILE}-") as file:  # mode 0600
        file.write(f"{USER}:{secrets.token_urlsafe(18)}\n")
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, services / FILE)  # whole, or not at all
    return (services / FILE).read_text().strip()
