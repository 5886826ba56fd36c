"""A moderator's own screenshot: looked at, drawn anew, and nothing but its pixels kept. Pure."""

import io

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 8_000_000
MAX_PIXELS = 24_000_000
QUALITY = 90


class NoImage(Exception):
    """What was handed over is no picture of a kind and size that is taken."""


def redrawn(body: bytes) -> tuple[str, bytes]:
    """Return a file name and a picture without place, device or other data about itself.

    Raises NoImage.
    """
    if len(body) > MAX_BYTES:
        raise NoImage
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as found:
            if found.width * found.height > MAX_PIXELS:
                raise NoImage
            kind = "JPEG" if found.format == "JPEG" else "PNG"
            upright = ImageOps.exif_transpose(found).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise NoImage from error
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright)
    out = io.BytesIO()
    clean.save(out, kind, quality=QUALITY)
    return f"screenshot.{'jpg' if kind == 'JPEG' else 'png'}", out.getvalue()
