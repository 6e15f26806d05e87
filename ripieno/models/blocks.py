"""Blocks of convolutions with pooling between them, for ordinary and separable convolutions.

The first layer of a block sets its width. With `residual`, the layers after it are bridged in
pairs by shortcuts (He et al. 2016); a shortcut between different widths is a 1x1 convolution.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from ripieno.errors import ConfigurationError
from ripieno.models.layers import (
    Activated,
    Activation,
    BatchNormalisation,
    BatchNormalisationAxis,
    Padding,
    Pooling,
)
from ripieno.types import ImageShape

Kind = Literal["convolution", "separable"]
Filters = tuple[tuple[int, ...], ...]

POOL_SIZE = 2


@dataclass(frozen=True)
class Blocks:
    """The convolutional part of a network.

    Attributes:
        others: Kind of every convolution but the very first.
        filters: Of each layer of each block.
        kernel_size: Height and width of every kernel, in pixels.
        padding: Of every convolution.
        pooling: Between blocks, in windows of 2x2.
        residual: Whether shortcuts bridge the layers after a block's first.
        activation: After every convolution.
        batch_normalisation: Its place.
        batch_normalisation_axis: Its axis.
        block_dropout: Share of channels dropped after each block; 0 for none.
        first_layer: Kind of the very first convolution.
    """

    others: Kind
    filters: Filters
    kernel_size: int
    padding: Padding
    pooling: Pooling
    residual: bool
    activation: Activation
    batch_normalisation: BatchNormalisation
    batch_normalisation_axis: BatchNormalisationAxis
    block_dropout: float
    first_layer: Kind = "convolution"

    @classmethod
    def of(cls, others: Kind, settings: Mapping[str, Any]) -> "Blocks":
        """The blocks that the settings of a convolutional architecture describe."""
        names = {field.name for field in fields(cls)}
        return cls(others=others, **{k: v for k, v in settings.items() if k in names})

    @property
    def _activated(self) -> Activated:
        return Activated(self.activation, self.batch_normalisation, self.batch_normalisation_axis)

    def __call__(self, outputs: Any) -> Any:
        """Apply all blocks to images (n, h, w, c)."""
        for index, filters in enumerate(self.filters, start=1):
            outputs = self._block(outputs, index, filters)
            if self.block_dropout:
                from keras import layers

                drop = layers.SpatialDropout2D(self.block_dropout, name=f"block_{index}_dropout")
                outputs = drop(outputs)
        return outputs

    def _block(self, outputs: Any, index: int, filters: tuple[int, ...]) -> Any:
        pool = self._pool(index)
        bridged = self.residual and len(filters) > 1
        names = [f"block_{index}_layer_{layer}" for layer in range(1, len(filters) + 1)]
        plain = list(zip(names, filters, strict=True))[: 1 if bridged else None]
        for name, n_filters in plain:
            pool_here = pool if name == names[-1] else None
            outputs = self._layer(outputs, n_filters, name, pool_here)
        if not bridged:
            return outputs
        for start in range(1, len(filters), 2):
            pair = slice(start, start + 2)
            outputs = self._bridge(outputs, filters[pair], names[pair])
        return outputs if pool is None else pool(outputs)

    def _bridge(self, inputs: Any, filters: tuple[int, ...], names: list[str]) -> Any:
        from keras import layers

        outputs = inputs
        for n_filters, name in zip(filters, names, strict=True):
            outputs = self._layer(outputs, n_filters, name, None)
        if filters[-1] != inputs.shape[-1]:
            project = layers.Conv2D(filters[-1], 1, use_bias=False, name=f"{names[-1]}_projection")
            inputs = project(inputs)
        return layers.Add(name=f"{names[-1]}_shortcut")([inputs, outputs])

    def _layer(self, inputs: Any, n_filters: int, name: str, pool: Any) -> Any:
        from keras import layers

        kind = self.first_layer if name == "block_1_layer_1" else self.others
        layer = layers.SeparableConv2D if kind == "separable" else layers.Conv2D
        convolution = layer(
            n_filters,
            self.kernel_size,
            padding=self.padding,
            use_bias=self._activated.use_bias,
            name=name,
        )
        return self._activated(convolution, inputs, name, pool)

    def _pool(self, index: int) -> Any:
        from keras import layers

        if self.pooling == "none" or index == len(self.filters):
            return None
        kind = layers.MaxPooling2D if self.pooling == "max" else layers.AveragePooling2D
        return kind(POOL_SIZE, name=f"block_{index}_pooling")

    def check(self, image_shape: ImageShape) -> None:
        """Refuse what cannot be built.

        Raises:
            ConfigurationError: If a block has no layers, shortcuts meet valid padding, or the
                images are too small.
        """
        if not self.filters or not all(self.filters):
            raise ConfigurationError("filters: expected at least one layer in each block.")
        if self.residual and self.padding == "valid":
            raise ConfigurationError(
                "residual: shortcuts need images of one size; set padding: same or residual: false."
            )
        height, width, _ = image_shape
        if not all(size > 0 for step in self._sizes(image_shape) for size in step[:2]):
            raise ConfigurationError(
                f"filters: images of {height}x{width} pixels are too small for"
                f" {len(self.filters)} blocks of {self.kernel_size}x{self.kernel_size} kernels with"
                f" padding {self.padding!r} and pooling {self.pooling!r}. Take fewer blocks or"
                " layers, padding: same, or larger images."
            )

    def multiply_adds(self, image_shape: ImageShape) -> float:
        """Of one image's forward pass."""
        total = 0.0
        channels = image_shape[2]
        first = True
        for height, width, n_filters in self._sizes(image_shape):
            if n_filters:
                window = self.kernel_size**2
                kind = self.first_layer if first else self.others
                each = window + n_filters if kind == "separable" else window * n_filters
                total += max(height, 0) * max(width, 0) * channels * each
                channels, first = n_filters, False
        return total

    def output_shape(self, image_shape: ImageShape) -> ImageShape:
        """Height, width and channels of the last activations."""
        height, width, _ = list(self._sizes(image_shape))[-1]
        return height, width, self.filters[-1][-1]

    def _sizes(self, image_shape: ImageShape) -> Iterator[tuple[int, int, int]]:
        """Height and width after every layer, with its filters; 0 filters for a pooling."""
        height, width, _ = image_shape
        lost = self.kernel_size - 1 if self.padding == "valid" else 0
        for index, filters in enumerate(self.filters, start=1):
            for n_filters in filters:
                height, width = height - lost, width - lost
                yield height, width, n_filters
            if self.pooling != "none" and index < len(self.filters):
                height, width = height // POOL_SIZE, width // POOL_SIZE
                yield height, width, 0
