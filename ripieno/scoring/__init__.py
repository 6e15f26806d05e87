"""Many images through a trained ensemble, part by part, in memory that does not grow with them."""
