"""Pages as pictures, by two engines, and how far two pictures are apart."""

import io
import subprocess
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

BLOCK = 8  # pixels


def by_poppler(pdf: bytes, folder: Path, dpi: int) -> list[Image.Image]:
    """Every page in grey, as poppler draws it."""
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-gray", "-r", str(dpi), "page.pdf", "poppler"], cwd=folder, check=True)
    return _pictures(folder, "poppler*.pgm")


def by_mupdf(pdf: bytes, folder: Path, dpi: int) -> list[Image.Image]:
    """Every page in grey, as MuPDF draws it."""
    (folder / "page.pdf").write_bytes(pdf)
    draw = ["mutool", "draw", "-q", "-c", "gray", "-r", str(dpi), "-o", "mupdf%04d.pgm", "page.pdf"]
    subprocess.run(draw, cwd=folder, check=True)
    return _pictures(folder, "mupdf*.pgm")


def _pictures(folder: Path, pattern: str) -> list[Image.Image]:
    pictures = []
    for path in sorted(folder.glob(pattern)):
        pictures.append(Image.open(io.BytesIO(path.read_bytes())).convert("L"))
        path.unlink()
    return pictures


def distance(one: Image.Image, other: Image.Image) -> float:
    """How far the darkness of the worst block is apart, 0 to 255; 255 where the pages differ in size."""
    if one.size != other.size:
        return 255.0
    difference = ImageChops.difference(_soft(one), _soft(other))
    blocks = difference.resize((max(1, one.width // BLOCK), max(1, one.height // BLOCK)), Image.Resampling.BOX)
    return float(blocks.getextrema()[1])


def apart(one: Image.Image, other: Image.Image) -> int:
    """How far the worst pixel is apart, 0 to 255, at a quarter of the size; tells characters apart by one stroke."""
    if one.size != other.size:
        return 255
    return int(ImageChops.difference(one.reduce(4), other.reduce(4)).getextrema()[1])


def moved(picture: Image.Image, right: int, down: int) -> Image.Image:
    return ImageChops.offset(picture, right, down)


def _soft(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(1))
