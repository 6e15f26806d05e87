"""Optimisers by name."""

from typing import Any, Literal

Optimiser = Literal["adam", "adamw", "rmsprop", "sgd"]


def build_optimiser(
    name: Optimiser, learning_rate: float, weight_decay: float, momentum: float
) -> Any:
    """A Keras optimiser.

    Args:
        name: Which one. `adam` with a weight decay is `adamw`.
        learning_rate: Step size > 0; the training loop sets it anew at every step.
        weight_decay: Decoupled decay >= 0 of kernels, in units of the learning rate. Biases and the
            scales and offsets of batch normalisation are left out.
        momentum: Of `sgd` (Nesterov's), in [0, 1); the others have their own.
    """
    from keras import optimizers

    builders = {
        "adam": optimizers.Adam,
        "adamw": optimizers.AdamW,
        "rmsprop": optimizers.RMSprop,
        "sgd": optimizers.SGD,
    }
    own: dict[str, Any] = {}
    if name == "sgd":
        own = {"momentum": momentum, "nesterov": momentum > 0}
    if weight_decay or name == "adamw":  # whose own default would decay
        own["weight_decay"] = weight_decay
    optimiser = builders[name](learning_rate, **own)
    if weight_decay:
        optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimiser
