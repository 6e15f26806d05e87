"""Ask a served ensemble, a batch at a time; needs NumPy and nothing else.

    make serve-model CONF=digits                     # in another terminal
    python examples/client.py images.npy [--url http://127.0.0.1:5001] [--batch 500]

`images.npy` holds raw images of shape (n, height, width, channels), of the range that the model was
trained on: bytes from 0 to 255 for the digits. SERVE_PORT in the environment changes the port.
Prints a line an image: its class, how sure the ensemble is, and the members that disagree.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np


class ServerError(Exception):
    """The server's own line on what is wrong."""


def predict(url: str, images: Any) -> dict[str, Any]:
    """Label, probabilities and agreement of a batch of images.

    Raises:
        ServerError: If the server refuses the images, or does not answer.
    """
    request = urllib.request.Request(
        f"{url.rstrip('/')}/invocations",
        data=json.dumps({"inputs": images.tolist()}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return dict(json.load(reply)["predictions"])
    except urllib.error.HTTPError as error:
        raise ServerError(json.load(error)["message"]) from error
    except OSError as error:
        raise ServerError(f"{url} does not answer: {error}") from error


def in_batches(url: str, images: Any, batch: int) -> Iterator[tuple[str, float, list[str]]]:
    """For each image its label, the label's probability, and the members that say otherwise."""
    for start in range(0, len(images), batch):
        said = predict(url, images[start : start + batch])
        rows = zip(said["label"], said["probabilities"], said["agreement"], strict=True)
        for label, probabilities, agreement in rows:
            names = zip(said["members"], agreement, strict=True)
            yield label, max(probabilities), [name for name, agrees in names if not agrees]


def main() -> int:
    """Parse the command line, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", help="a .npy file")
    port = os.environ.get("SERVE_PORT", "5001")
    parser.add_argument("--url", default=f"http://127.0.0.1:{port}", help="default: %(default)s")
    parser.add_argument("--batch", type=int, default=500, help="images in a request")
    arguments = parser.parse_args()
    images = np.load(arguments.images, allow_pickle=False)
    try:
        for label, probability, against in in_batches(arguments.url, images, arguments.batch):
            others = f"  (not {', '.join(against)})" if against else ""
            print(f"{label:20} {probability:7.2%}{others}")
    except ServerError as error:
        print(f"client: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
