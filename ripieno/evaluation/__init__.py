"""What an ensemble is worth: metrics, intervals, cross-fitted scores and diversity.

Nothing in here imports `ripieno.pooling`; the rules there are compared with the scores from here.
"""
