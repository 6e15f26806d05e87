"""What else finds the weights of a linear pool from the members' true-class probabilities.

Each takes a float64 matrix of shape (n_members, n_samples), positive, and starts from equal
weights.
"""

from typing import Any


def slsqp_weights(likelihood: Any) -> Any:
    """SciPy's general solver, given the gradient and a tolerance of 1e-12."""
    import numpy as np
    from scipy.optimize import minimize

    n_members, n_samples = likelihood.shape
    ones = np.ones(n_members)

    def log_loss(weights: Any) -> tuple[float, Any]:
        mixture = weights @ likelihood
        return -float(np.log(mixture).mean()), -(likelihood @ (1.0 / mixture)) / n_samples

    solution = minimize(
        log_loss,
        ones / n_members,
        jac=True,
        bounds=[(0.0, 1.0)] * n_members,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": lambda _: ones},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    weights = np.maximum(solution.x, 0.0)
    return weights / weights.sum()


def em_weights(likelihood: Any, gap: float = 1e-6, max_iterations: int = 1_000_000) -> Any:
    """Plain expectation-maximisation until the bound on the gap is met."""
    import numpy as np

    n_members, n_samples = likelihood.shape
    weights = np.full(n_members, 1.0 / n_members)
    for _ in range(max_iterations):
        ratios = likelihood @ (1.0 / (weights @ likelihood)) / n_samples
        if ratios.max() - 1.0 <= gap:
            break
        weights *= ratios
    return weights


def gap_of(likelihood: Any, weights: Any) -> float:
    """How far, at most, the log-loss is from the best any weights can reach, in nats."""
    ratios = likelihood @ (1.0 / (weights @ likelihood)) / likelihood.shape[1]
    return max(float(ratios.max()) - 1.0, 0.0)
