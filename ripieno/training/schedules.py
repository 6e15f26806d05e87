"""Learning-rate schedules, as one array of a value a step."""

from typing import Literal

import numpy as np

from ripieno.types import FloatArray

Schedule = Literal["constant", "cosine", "one_cycle"]

WARM_UP_START = 1 / 25  # of the peak, as in Smith & Topin's experiments


def learning_rates(schedule: Schedule, peak: float, n_steps: int, warm_up: float) -> FloatArray:
    """The learning rate of every step of a training.

    All three rise linearly from a 25th of the peak during the warm-up. Then `constant` stays,
    `cosine` falls along half a cosine wave, and `one_cycle` falls linearly; both end next to 0.

    Args:
        schedule: Name of the schedule.
        peak: Highest learning rate, > 0.
        n_steps: Number of steps in all, > 0.
        warm_up: Share of the steps before the peak, in [0, 1).

    Returns:
        Learning rates of shape (n_steps,), all > 0.

    References:
        Smith & Topin (2018), Super-Convergence: Very Fast Training Using Large Learning Rates.
        Loshchilov & Hutter (2017), SGDR: Stochastic Gradient Descent with Warm Restarts.
    """
    n_rising = round(warm_up * n_steps)
    n_falling = n_steps - n_rising
    rising = np.linspace(WARM_UP_START, 1.0, n_rising, endpoint=False)
    # In (0, 1]: the value at the end of each step would be 0 at the last one, which learns nothing.
    remaining = np.arange(n_falling, 0, -1) / max(n_falling, 1)
    falling = {
        "constant": np.ones(n_falling),
        "cosine": (1 - np.cos(np.pi * remaining)) / 2,
        "one_cycle": remaining,
    }[schedule]
    return peak * np.concatenate([rising, falling])
