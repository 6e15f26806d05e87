import keras
import pytest

from ripieno.errors import ConfigurationError
from ripieno.models.blocks import Blocks

DEFAULTS = {
    "others": "convolution",
    "filters": ((4,), (6, 6, 6)),
    "kernel_size": 3,
    "padding": "same",
    "pooling": "max",
    "residual": True,
    "activation": "relu",
    "batch_normalisation": "before_activation",
    "batch_normalisation_axis": -1,
    "block_dropout": 0.0,
}


def blocks(**changed):
    return Blocks(**{**DEFAULTS, **changed})


def built(made, image_shape=(12, 10, 2)):
    images = keras.Input(image_shape)
    return keras.Model(images, made(images))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"padding": "valid", "residual": False, "filters": ((4,), (6,))},
        {"pooling": "none"},
        {"pooling": "average", "filters": ((3, 3), (4, 5, 6, 7), (8,))},
        {"others": "separable", "kernel_size": 5},
    ],
)
def test_foretold_sizes_are_those_of_the_network(changed):
    made = blocks(**changed)

    assert made.output_shape((12, 10, 2)) == built(made).output_shape[1:]


def test_shortcuts_bridge_pairs_of_layers_after_the_first_of_a_block():
    model = built(blocks(filters=((4,), (6, 6, 6, 6, 6, 6))))

    shortcuts = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Add)]
    assert shortcuts == [f"block_2_layer_{last}_shortcut" for last in (3, 5, 6)]


def test_shortcut_between_different_widths_is_a_convolution_of_one_pixel():
    model = built(blocks(filters=((4, 6),)))

    assert model.get_layer("block_1_layer_2_projection").kernel.shape == (1, 1, 4, 6)


def test_first_layer_is_an_ordinary_convolution_unless_asked_for():
    def first(**changed):
        return type(built(blocks(others="separable", **changed)).get_layer("block_1_layer_1"))

    assert first() is keras.layers.Conv2D
    assert first(first_layer="separable") is keras.layers.SeparableConv2D


def test_block_dropout_drops_whole_channels_after_every_block():
    model = built(blocks(block_dropout=0.3))

    dropped = [layer for layer in model.layers if isinstance(layer, keras.layers.SpatialDropout2D)]
    assert [layer.rate for layer in dropped] == [0.3, 0.3]


@pytest.mark.parametrize(
    ("changed", "image_shape"),
    [
        ({"filters": ((2,),) * 5}, (8, 8, 1)),
        ({"padding": "valid", "residual": False, "filters": ((2, 2), (2, 2))}, (8, 8, 1)),
        ({"filters": ((2,),) * 5}, (64, 8, 3)),
    ],
)
def test_images_too_small_are_refused(changed, image_shape):
    height, width, _ = image_shape
    with pytest.raises(
        ConfigurationError, match=f"images of {height}x{width} pixels are too small"
    ):
        blocks(**changed).check(image_shape)


@pytest.mark.parametrize("image_shape", [(8, 8, 1), (9, 31, 3), (64, 64, 4)])
def test_images_from_8x8_up_pass_and_can_be_built(image_shape):
    made = blocks()
    made.check(image_shape)

    assert built(made, image_shape).count_params() > 0


def test_shortcuts_with_valid_padding_are_refused():
    with pytest.raises(ConfigurationError, match=r"residual: .* padding: same"):
        blocks(padding="valid").check((64, 64, 3))


@pytest.mark.parametrize("filters", [(), ((4,), ())])
def test_block_without_layers_is_refused(filters):
    with pytest.raises(ConfigurationError, match="at least one layer in each block"):
        blocks(filters=filters).check((8, 8, 1))


def test_multiply_adds_by_hand():
    # 12x10 pixels: 9 * 2 * 4 each; after pooling 6x5 pixels: 9 * 4 * 6, then twice 9 * 6 * 6.
    expected = 120 * 72 + 30 * (216 + 2 * 324)

    assert blocks().multiply_adds((12, 10, 2)) == expected


def test_separable_multiply_adds_by_hand():
    made = blocks(others="separable", first_layer="separable", filters=((4, 6),))

    assert made.multiply_adds((2, 5, 3)) == 10 * (3 * (9 + 4) + 4 * (9 + 6))
