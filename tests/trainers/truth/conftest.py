"""Generators for tests of truths."""

import pytest
import torch


@pytest.fixture(scope="session")
def generator():
    """Return a maker of CPU generators by seed."""
    return lambda seed: torch.Generator().manual_seed(seed)
