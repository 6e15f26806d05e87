"""`python -m tasks.services.prefect_app HOST PORT`: Prefect's server, for its own pages alone.

`prefect server start` has no setting for the names that it answers to. A web page whose own name
leads to 127.0.0.1 would be of the same origin as the server, and no rule on origins would stop it.
"""

import socket
import sys
from typing import Any

import uvicorn

from conf.services import LOOPBACK, is_loopback


def guarded_app(host: str, *, ephemeral: bool = False) -> Any:
    """Prefect's server, which answers to its own host names only.

    Args:
        host: What it listens at. Where that is not loopback it cannot know what it is called: then
            the password alone is the guard.
        ephemeral: Whether it lives as long as one command.
    """
    from prefect.server.api.server import create_app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = create_app(ephemeral=ephemeral, final=True)
    if is_loopback(host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]", host])
    return app


def serve(host: str, listening: socket.socket, *, ephemeral: bool = False) -> None:
    """Answer on a socket that listens already, until a signal ends it."""
    config = uvicorn.Config(
        guarded_app(host, ephemeral=ephemeral),
        log_level="error" if ephemeral else "warning",
        lifespan="on",
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    """Listen and serve."""
    host, port = sys.argv[1], int(sys.argv[2])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        serve(host, listening)


if __name__ == "__main__":
    main()
