"""The search for hyperparameters: a durable study of Optuna's, whose trials are trained members."""
