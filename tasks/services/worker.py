"""`python -m tasks.services.worker`: wait for the Prefect server, then become its worker."""

import os
import socket
import sys
import time

from tasks.services.health import prefect_is_healthy
from tasks.services.programs import POOL

SECONDS_BETWEEN_LOOKS = 0.5


def main() -> None:
    """Replace this process by Prefect's worker, once there is somebody to ask for work."""
    api = os.environ["PREFECT_API_URL"]
    while not prefect_is_healthy(api):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    name = f"{POOL}-{socket.gethostname()}"
    pool = ("--pool", POOL, "--type", "process", "--name", name, "--install-policy", "never")
    command = [sys.executable, "-m", "prefect", "worker", "start", *pool]
    os.execv(command[0], command)  # noqa: S606  our own interpreter


if __name__ == "__main__":
    main()
