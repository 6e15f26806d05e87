"""Write scikit-learn's digits as pictures, in place of your own: `pictures/` and `new_pictures/`.

pictures/<class>/<number>.png     1,500 to train on, a folder a class
new_pictures/<number>.png         297 others, to score
"""

from pathlib import Path

from PIL import Image

from ripieno.data.sources.digits import load

N_TRAIN = 1500


def main() -> None:
    """Write both folders below the working directory."""
    digits = load()
    for number, (image, label) in enumerate(zip(digits.images, digits.labels, strict=True)):
        known = Path("pictures", digits.class_names[label])
        folder = known if number < N_TRAIN else Path("new_pictures")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(folder / f"{number:04}.png")
    print(f"Wrote pictures/ (a folder a class, {N_TRAIN:,} files) and new_pictures/.")


if __name__ == "__main__":
    main()
