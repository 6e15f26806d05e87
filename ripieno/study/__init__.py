"""Does diversity pay? Seeds of one architecture against different architectures, at equal cost.

The two kinds of team have equally many members and an equal training budget. `budget` shares it
out, `teams` weighs the members on validation, `effects` compares the teams' scores on test over the
repeats, `verdict` and `figure` say and show it.
"""
