"""Histograms of oriented gradients as ONNX nodes: what `ripieno.models.features.hog` computes."""

import numpy as np

from ripieno.models.features import EPSILON, LARGEST_SHARE
from ripieno.serving.onnx.nodes import Nodes
from ripieno.types import ImageShape

LARGEST = 2**62
"""The end of an axis, for a slice."""


def add_hog(
    nodes: Nodes,
    rows: str,
    image_shape: ImageShape,
    orientations: int,
    cell_size: int,
    block_size: int,
) -> str:
    """Add histograms of oriented gradients.

    Args:
        nodes: Takes the nodes.
        rows: The name of the pixels, (n_samples, h * w * c).
        image_shape: Height, width and channels.
        orientations: Bins over half a turn.
        cell_size: Height and width of a cell, in pixels.
        block_size: Height and width of a block, in cells.

    Returns:
        The name of the features, float, (n_samples, n_features).
    """
    height, width, _ = image_shape
    images = nodes.add("Reshape", nodes.cast(rows, np.float64), np.array([-1, *image_shape]))
    down, across, magnitude = _add_gradients(nodes, images)
    weighted = nodes.add("Mul", magnitude, _add_bins(nodes, down, across, orientations))
    n_rows, n_columns = height // cell_size, width // cell_size
    weighted = _cut(nodes, weighted, (0, 0), (n_rows * cell_size, n_columns * cell_size))
    shape = np.array([-1, n_rows, cell_size, n_columns, cell_size, orientations])
    cells = nodes.add("Reshape", weighted, shape)
    histograms = nodes.add("ReduceMean", cells, np.array([2, 4]), keepdims=0)
    n_down, n_across = n_rows - block_size + 1, n_columns - block_size + 1
    windows = [
        _cut(nodes, histograms, (i, j), (i + n_down, j + n_across))
        for i in range(block_size)
        for j in range(block_size)
    ]
    blocks = nodes.add("Concat", *windows, axis=3)  # (n, down, across, block * block * bins)
    blocks = nodes.add("Min", _unit_length(nodes, blocks), np.float64(LARGEST_SHARE))
    n_features = n_down * n_across * block_size**2 * orientations
    flat = nodes.add("Reshape", _unit_length(nodes, blocks), np.array([-1, n_features]))
    return nodes.cast(flat, np.float32)


def _add_gradients(nodes: Nodes, images: str) -> tuple[str, str, str]:
    """Of the channel with the steepest one: down, across and length, each (n, h, w, 1)."""
    down, across = _add_differences(nodes, images, 1), _add_differences(nodes, images, 2)
    squares = nodes.add("Add", nodes.add("Mul", down, down), nodes.add("Mul", across, across))
    lengths = nodes.add("Sqrt", squares)
    steepest = nodes.add("ArgMax", lengths, axis=-1)
    down, across, lengths = (
        nodes.add("GatherElements", each, steepest, axis=-1) for each in (down, across, lengths)
    )
    return down, across, lengths


def _add_differences(nodes: Nodes, images: str, axis: int) -> str:
    """Of the next and the last pixel; 0 at both ends."""
    after = nodes.add("Slice", images, np.array([2]), np.array([LARGEST]), np.array([axis]))
    before = nodes.add("Slice", images, np.array([0]), np.array([-2]), np.array([axis]))
    between = nodes.add("Sub", after, before)
    return nodes.add("Pad", between, np.array([1, 1]), np.float64(0), np.array([axis]))


def _add_bins(nodes: Nodes, down: str, across: str, orientations: int) -> str:
    """1 in the bin of each gradient's direction and 0 in the others, (n, h, w, orientations).

    ONNX has no arctangent of two numbers: a gradient, turned to point down, is compared with the
    bins' edges by their tangents.
    """
    sign = nodes.add("Where", nodes.add("Less", down, np.float64(0)), np.float64(-1), np.float64(1))
    down, across = nodes.add("Mul", down, sign), nodes.add("Mul", across, sign)
    level = nodes.add("Equal", down, np.float64(0))
    across = nodes.add("Where", level, nodes.add("Abs", across), across)
    edges = np.arange(1, orientations)
    tangents = np.tan(np.pi * edges / orientations)
    before, after = tangents[2 * edges < orientations], tangents[2 * edges > orientations]
    parts = []
    if len(before):
        parts.append(nodes.add("GreaterOrEqual", down, nodes.add("Mul", across, before)))
    if orientations % 2 == 0:
        parts.append(nodes.add("LessOrEqual", across, np.float64(0)))
    if len(after):
        parts.append(nodes.add("LessOrEqual", down, nodes.add("Mul", across, after)))
    if not parts:
        return nodes.constant(np.ones((1, 1, 1, 1)))
    beyond = nodes.cast(nodes.add("Concat", *parts, axis=3), np.float64)  # whether beyond an edge
    beyond_lower = nodes.add("Pad", beyond, np.array([1, 0]), np.float64(1), np.array([3]))
    beyond_upper = nodes.add("Pad", beyond, np.array([0, 1]), np.float64(0), np.array([3]))
    return nodes.add("Sub", beyond_lower, beyond_upper)


def _cut(nodes: Nodes, source: str, starts: tuple[int, int], ends: tuple[int, int]) -> str:
    """Rows and columns from `starts` up to `ends`."""
    return nodes.add("Slice", source, np.array(starts), np.array(ends), np.array([1, 2]))


def _unit_length(nodes: Nodes, blocks: str) -> str:
    squares = nodes.add("ReduceSum", nodes.add("Mul", blocks, blocks), np.array([-1]))
    length = nodes.add("Sqrt", nodes.add("Add", squares, np.float64(EPSILON**2)))
    return nodes.add("Div", blocks, length)
