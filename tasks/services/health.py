"""Whether the services answer."""

import json
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

from conf.services import ServiceSettings
from tasks.services.credentials import SERVER, authorization, known_credentials
from tasks.services.programs import POOL


def prefect_is_healthy(api: str, seconds: float = 2.0) -> bool:
    """Whether a Prefect server answers at an API address; another server's page does not count."""
    return is_healthy(f"{api.rstrip('/')}/health", seconds, says=b"true")


def is_healthy(url: str, seconds: float = 2.0, says: bytes | None = None) -> bool:
    """Whether a health page answers; one that wants a password is there as well.

    Args:
        url: The page.
        seconds: How long to wait for it.
        says: What it must say; None: anything.
    """
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(url, timeout=seconds) as reply:  # noqa: S310  the scheme is checked above
            return bool(reply.status == 200) and says in (None, reply.read(100).strip())
    except urllib.error.HTTPError as error:
        return error.code in (401, 403)
    except (OSError, ValueError, HTTPException):  # no reply, no address, or no HTTP
        return False


def ailing(settings: ServiceSettings) -> list[str]:
    """The names of the programs that do not answer, in the order in which they start."""
    healthy = {
        "prefect": prefect_is_healthy(f"{settings.prefect_url}/api"),
        "mlflow": is_healthy(f"{settings.mlflow_url}/health"),
    }
    client = os.environ.get(SERVER) or known_credentials(settings.directory)
    healthy["worker"] = healthy["prefect"] and bool(workers_online(settings.prefect_url, client))
    return [name for name, fine in healthy.items() if not fine]


def workers_online(prefect_url: str, client: str | None = None) -> list[str]:
    """The names of the workers that the Prefect server has heard from lately.

    Args:
        prefect_url: Its address.
        client: `USER:PASSWORD`, where it wants one.
    """
    query = {"workers": {"status": {"any_": ["ONLINE"]}}}
    try:
        found = _post(f"{prefect_url}/api/work_pools/{POOL}/workers/filter", query, client)
    except OSError:
        return []
    return [worker["name"] for worker in found]


def _post(url: str, body: object, client: str | None) -> Any:
    headers = {"Content-Type": "application/json"} | authorization(client)
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  ours
    with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
        return json.load(reply)
