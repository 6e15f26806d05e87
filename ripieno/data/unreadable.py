"""One report of all the images that cannot be read: a finding while they are few, else an error."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ripieno.errors import DataError

logger = logging.getLogger(__name__)

_N_NAMED = 5  # how many an error line names; the log has them all


@dataclass(frozen=True)
class Unreadable:
    """An image that cannot be read: where it is, and why, in a few words."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


def report_unreadable(
    unreadable: Sequence[Unreadable], n_total: int, max_unreadable_share: float
) -> tuple[str, ...]:
    """The finding that names every unreadable image; nothing where there is none.

    Args:
        unreadable: All of them, in the order of the data.
        n_total: How many images there are, the unreadable ones included.
        max_unreadable_share: The share, in [0, 1), that is only reported.

    Raises:
        DataError: If there is no image at all, or more than that share is unreadable. The line
            names the first few; each of them is in the log, as a warning.
    """
    if n_total == 0:
        raise DataError("Expected images, received none.")
    if not unreadable:
        return ()
    count = f"{len(unreadable):,} of {n_total:,} images cannot be read"
    share = len(unreadable) / n_total
    if share <= max_unreadable_share:
        return (f"{count} and were left out: {', '.join(map(str, unreadable))}.",)
    for each in unreadable:
        logger.warning("Unreadable: %s", each)
    first = ", ".join(map(str, unreadable[:_N_NAMED]))
    more = f" and {len(unreadable) - _N_NAMED:,} more" if len(unreadable) > _N_NAMED else ""
    raise DataError(
        f"{count} ({share:.2%}, tolerated are {max_unreadable_share:.2%}): {first}{more}."
        " Mend or remove them, or raise dataset.max_unreadable_share."
    )
