"""One function a figure: plain values in, a matplotlib figure in light colours out."""
