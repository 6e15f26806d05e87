"""Whether new images still look, to the ensemble, like those it was validated on."""
