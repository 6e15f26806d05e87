"""The registered champion, loaded as anybody would: by MLflow, in another process and folder.

Its argument is the workspace. The digits that it predicts come from scikit-learn, at the scale that
the model's own input example has.
"""

import sys

import mlflow
import numpy as np
from sklearn.datasets import load_digits

workspace = sys.argv[1]
mlflow.set_tracking_uri(f"sqlite:///{workspace}/mlflow.db")
model = mlflow.pyfunc.load_model("models:/digits@champion")
digits = load_digits()
images = np.rint(digits.images[..., np.newaxis] * 255 / 16).astype(np.uint8)
answer = model.predict(images[:200])
right = np.mean(np.asarray(answer["label"], dtype=str) == digits.target[:200].astype(str))
if right < 0.95:
    sys.exit(f"expected the champion to know its digits, received {right:.1%} right")
print(f"The champion names {right:.1%} of 200 digits rightly.")
