"""Is the validation sample large enough for the weights that are fitted on it?

By maximum likelihood, k free parameters fitted on n samples look k / (2 n) nats better on these
than the best parameters do, and are k / (2 n) nats worse than those on new samples: twice the ratio
of the log-likelihoods is a chi-squared variable of k degrees of freedom. Weights that sum to 1 have
one degree less than their number.

References:
    Wilks (1938), The Large-Sample Distribution of the Likelihood Ratio.
    Akaike (1974), A New Look at the Statistical Model Identification.
"""

import math

TOLERATED_SHARE = 0.1
"""Of the gain that the expected optimism may reach.

Validation flatters the fitted weights by twice the expected optimism on average, by a chi-squared
variable over n: at this share, that reaches the whole gain with a probability of 2.5 % at two
weights, P(chi-squared > 5), of 0.7 % at three and less with more. The gain of a pool that passes is
no artefact of fitting, at the level of a 95 % interval.
"""


def expected_optimism(n_weighted: int, n_samples: int) -> float:
    """How much better fitted weights are expected to look than the best weights, in nats.

    By as much they are expected to be worse than those on new samples, so that validation flatters
    them by twice this figure. It holds asymptotically, for the log-loss of weights that sum to 1,
    where one mixture of the members is the truth; overconfident members make it larger.

    Args:
        n_weighted: Members with weight, 1 or more: those at exactly 0 add nearly nothing.
        n_samples: Validation samples the weights are fitted on, 1 or more.

    Returns:
        (n_weighted - 1) / (2 n_samples): 0 for one member.

    Raises:
        ValueError: If either is below 1.
    """
    if n_weighted < 1 or n_samples < 1:
        raise ValueError(
            "n_weighted and n_samples: expected integers >= 1, "
            f"received {n_weighted} and {n_samples}."
        )
    return (n_weighted - 1) / (2 * n_samples)


def optimism_finding(n_weighted: int, n_held_out: int, gain: float) -> str | None:
    """Say so where the sample is too small for the number of weights.

    Args:
        n_weighted: Members with weight, 1 or more.
        n_held_out: Samples that weights are fitted on, 1 or more.
        gain: By how much the log-loss of the pool is below that of its best member, in nats, on
            samples it was not fitted on.

    Returns:
        A sentence where the expected optimism exceeds `TOLERATED_SHARE` of the gain, as it does
        wherever there is no gain; None otherwise, and always for one member.

    Raises:
        ValueError: If a number is below 1 or the gain is not finite.
    """
    if not math.isfinite(gain):
        raise ValueError(f"gain: expected a finite number of nats, received {gain}.")
    optimism = expected_optimism(n_weighted, n_held_out)
    if optimism <= max(TOLERATED_SHARE * gain, 0.0):
        return None
    opening = (
        f"The sample is small for {n_weighted} weights: fitting them on "
        f"{n_held_out:,} images costs {optimism:.2g} nats on average"
    )
    if gain <= 0.0:
        return f"{opening}, and there is no gain to pay for it; fewer members would do."
    enough = math.ceil((n_weighted - 1) / (2 * TOLERATED_SHARE * gain))
    return (
        f"{opening}, more than {TOLERATED_SHARE:.0%} of the gain of {gain:.2g} nats; "
        f"{enough:,} samples or fewer members would do."
    )
