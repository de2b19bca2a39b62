"""A folder for weights that no other test sees, and small labelled images."""

from pathlib import Path

import pytest
import torch

from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.data.places import FOLDER_VARIABLE


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return the folder for data of one test."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def halves():
    """Return a maker of labelled images: bright on the left or on the right, with noise."""

    def make(n=200, channels=1, side=8, conditional=False, seed=0):
        generator = torch.Generator().manual_seed(seed)
        labels = torch.arange(n) % 2
        x = 0.3 * torch.randn(n, channels, side, side, generator=generator)
        x[labels == 0, ..., : side // 2] += 0.6
        x[labels == 1, ..., side // 2 :] += 0.6
        return from_tensor(x.clamp(-1, 1), labels=labels, held_out=0.25, conditional=conditional)

    return make


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder with real data beside the repository."""
    found = Path(__file__).parents[4] / "shared" / "data"
    if not found.is_dir():
        pytest.skip(f"real data are not at {found}")
    return found
