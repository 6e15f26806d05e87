"""Settings that several Keras architectures have, described once."""

from typing import Annotated

from pydantic import Field

from ripieno.models.blocks import Kind
from ripieno.models.layers import (
    Activation,
    BatchNormalisation,
    BatchNormalisationAxis,
    GlobalPooling,
    Padding,
    Pooling,
)

PositiveInt = Annotated[int, Field(gt=0)]

FiltersField = Annotated[
    tuple[tuple[PositiveInt, ...], ...],
    Field(min_length=1, description="Filters of each convolution, one list a block."),
]
FirstLayerField = Annotated[
    Kind,
    Field(description="Kind of the first convolution; a separable one sees little in grey images."),
]
KernelSizeField = Annotated[
    int, Field(gt=0, description="Height and width of every kernel, in pixels.")
]
PaddingField = Annotated[Padding, Field(description="Padding of every convolution.")]
PoolingField = Annotated[
    Pooling, Field(description="2x2 pooling between the blocks; halves height and width.")
]
ResidualField = Annotated[
    bool, Field(description="Bridge a block's convolutions after its first by shortcuts.")
]
ActivationField = Annotated[Activation, Field(description="Activation after every layer.")]
BatchNormalisationField = Annotated[
    BatchNormalisation, Field(description="Place of batch normalisation in every layer.")
]
BatchNormalisationAxisField = Annotated[
    BatchNormalisationAxis,
    Field(description="Axis with moments of its own: -1 or 3 channels (fused), 1 rows, 2 columns."),
]
BlockDropoutField = Annotated[
    float, Field(ge=0, lt=1, description="Share of channels dropped after each block.")
]
GlobalPoolingField = Annotated[
    GlobalPooling, Field(description="How the last activations become one vector.")
]
UnitsField = Annotated[
    tuple[PositiveInt, ...], Field(description="Units of each hidden dense layer.")
]
DropoutField = Annotated[
    float, Field(ge=0, lt=1, description="Dropout rate before every dense layer.")
]
