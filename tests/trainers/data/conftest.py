"""Generators, small image files and real data for tests of data."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

SHARED = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def generator():
    """Return a maker of CPU generators by seed."""
    return lambda seed: torch.Generator().manual_seed(seed)


@pytest.fixture(scope="session")
def shared():
    """Return a function that finds real data, or skips the test."""

    def find(name):
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"the real files are not here: {path}")
        return str(path)

    return find


@pytest.fixture(scope="session")
def encoded():
    """Return a function that encodes an image of one colour, or an array (height, width, 3), as a file's bytes."""

    def encode(colour=0, size=(4, 4), form="PNG", **more):
        if isinstance(colour, np.ndarray):
            image = Image.fromarray(colour)
        else:
            image = Image.new("RGB", size, colour if isinstance(colour, tuple) else (colour,) * 3)
        file = io.BytesIO()
        image.save(file, form, **more)
        return file.getvalue()

    return encode
