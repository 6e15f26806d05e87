"""From any source to sealed, normalised splits on disk."""
