"""A line in the log every few seconds, for loads that take long."""

import logging
import time


class LoadingProgress:
    """Logs how much is done at most once every few seconds; a quick load logs nothing.

    Args:
        logger: The logger of the module that loads.
        doing: What is going on, as a gerund: `"decoding images"`.
        n_total: How many steps there are; None where that is unknown.
        every: Seconds between two lines.
    """

    def __init__(
        self, logger: logging.Logger, doing: str, n_total: int | None = None, every: float = 5.0
    ) -> None:
        self._logger = logger
        self._doing = doing
        self._n_total = n_total
        self._every = every
        self._n_done = 0
        self._said = time.monotonic()

    def advance(self, n: int) -> None:
        """Count `n` more steps as done."""
        self._n_done += n
        now = time.monotonic()
        if now - self._said < self._every:
            return
        self._said = now
        of_total = f" of {self._n_total:,}" if self._n_total is not None else ""
        self._logger.info("%s: %s%s", self._doing, format(self._n_done, ","), of_total)
