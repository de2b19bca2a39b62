"""Encoded images (JPEG, PNG, WebP, ...) as bytes of one shape."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lipschitz.errors import DataError
from lipschitz_trainers.data.extras import import_extra

MODES: dict[int, str] = {1: "L", 3: "RGB"}
"""Pillow's name of 8-bit images by number of channels."""

DEEP = ("I", "F")
"""Beginnings of the names of Pillow's modes with more than 8 bits a value."""


@dataclass(frozen=True)
class Decoder:
    """Decodes images.

    Attributes:
        size: height and width they are brought to: the shorter side is resized (bilinear, antialiased), then the
            centre is cut out; None leaves every image as it is.
        channels: 1 (gray) or 3 (red, green, blue); others are converted.
    """

    size: int | None = None
    channels: Literal[1, 3] = 3

    def __call__(self, content: bytes, name: str) -> NDArray[np.uint8]:
        """Return the pixels, uint8, shape (channels, height, width).

        Args:
            content: the encoded image.
            name: what it is called, for messages.

        Raises:
            DataError: it cannot be decoded.
            MissingExtraError: Pillow is not installed.
        """
        image_module = import_extra("PIL.Image", package="pillow", needed_for="reading images")
        operations = import_extra("PIL.ImageOps", package="pillow", needed_for="reading images")
        if not content:
            raise DataError(f"{name}: expected an image, got an empty file; fetch it again or remove it.")
        try:
            with image_module.open(io.BytesIO(content)) as opened:
                if opened.mode.startswith(DEEP):
                    raise DataError(
                        f"{name}: expected an image with 8 bits a value, got one of mode {opened.mode}; convert it."
                    )
                image = operations.exif_transpose(opened).convert(MODES[self.channels])
        except DataError:
            raise
        # What Pillow raises on damaged files, depending on their format.
        except (
            OSError,
            SyntaxError,
            ValueError,
            EOFError,
            IndexError,
            KeyError,
            TypeError,
            OverflowError,
            MemoryError,
            struct.error,
            zlib.error,
            image_module.DecompressionBombError,
        ) as error:
            # Pillow would name the object in memory that the bytes were read from.
            reason = "no known format" if isinstance(error, image_module.UnidentifiedImageError) else error
            raise DataError(
                f"{name}: expected an image, got {len(content)} bytes that cannot be decoded ({reason}); it is cut "
                f"off, damaged or no image: fetch it again or remove it."
            ) from error
        if self.size is not None:
            image = resized(image, self.size, image_module.Resampling.BILINEAR)
        pixels = np.asarray(image, dtype=np.uint8)
        return pixels[None] if self.channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def resized(image: Any, size: int, method: Any) -> Any:
    """Return the centre square of a Pillow image whose shorter side has been brought to `size`."""
    width, height = image.size
    if (width, height) == (size, size):
        return image
    shorter = min(width, height)
    width, height = max(size, round(width * size / shorter)), max(size, round(height * size / shorter))
    image = image.resize((width, height), method)
    left, top = (width - size) // 2, (height - size) // 2
    return image.crop((left, top, left + size, top + size))
