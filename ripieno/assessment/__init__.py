"""The end of a run: a pool fixed on validation, then all that the test labels can tell of it.

Puts the rules of `ripieno.pooling` and the measures of `ripieno.evaluation` together, in the shape
of the sections of `summary.json`. Everything takes probabilities of shape (n_members, n_samples,
n_classes) and labels of shape (n_samples,).
"""
