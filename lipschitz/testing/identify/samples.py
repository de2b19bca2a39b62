"""Real and fake samples that make a penalty show where it looks, all in [0, 1] so that clipping changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz.testing.identify.forms import Form


@dataclass(frozen=True, eq=False)
class Samples:
    """Paired samples.

    Attributes:
        real: shape (B, ...).
        fake: shape (B, ...).
    """

    real: Tensor
    fake: Tensor


def apart(form: Form, real_seed: int = 0, fake_seed: int = 0) -> Samples:
    """Return samples at random, every number of a real one above every number of a fake one.

    Example:
        >>> samples = apart(Form((3,)))
        >>> bool(samples.real.min() > samples.fake.max())
        True
    """
    real, fake = _uniform(form, 2 * real_seed), _uniform(form, 2 * fake_seed + 1)
    return Samples(0.55 + 0.4 * real, 0.05 + 0.4 * fake)


def numbered(form: Form) -> tuple[Samples, Tensor]:
    """Return samples whose first coordinate says which pair they belong to, and its values, shape (B,).

    The other coordinates vary little: displacements in proportion to the standard deviation of the batch, as
    around real samples, do not lead from one pair to another.

    Example:
        >>> samples, numbers = numbered(Form((3,), size=2))
        >>> samples.real[:, 0], samples.fake[:, 0], numbers
        (tensor([0.2500, 0.7500], dtype=torch.float64), tensor([0.2500, 0.7500], dtype=torch.float64),
         tensor([0.2500, 0.7500], dtype=torch.float64))
    """
    samples = apart(form)
    numbers = (torch.arange(form.size, dtype=form.dtype) + 0.5) / form.size

    def mark(x: Tensor) -> Tensor:
        rows = 0.5 + 0.01 * (x.flatten(1) - 0.5)
        rows[:, 0] = numbers
        return rows.reshape(x.shape)

    return Samples(mark(samples.real), mark(samples.fake)), numbers


def signs(form: Form) -> Tensor:
    """Return 1 and -1 in a fixed random order, shape (D,): a gradient with the same size in every coordinate."""
    return torch.where(_uniform(form, 7)[0].flatten() < 0.5, -1.0, 1.0).to(form.dtype)


def uneven(form: Form, seed: int) -> Tensor:
    """Return gradients of different sizes in every sample and coordinate, around 1, shape (B, D)."""
    generator = torch.Generator().manual_seed(seed)
    size = torch.randn(form.size, 1, generator=generator, dtype=torch.float64)
    detail = torch.randn(form.size, form.features, generator=generator, dtype=torch.float64)
    # Entries of one axis differ from those of another as wholes too, or their norms would hardly differ.
    for axis, length in enumerate(form.shape, start=1):
        along = torch.randn(length, generator=generator, dtype=torch.float64)
        view = [1] * (len(form.shape) + 1)
        view[axis] = length
        detail = (detail.reshape(form.full) + 0.5 * along.reshape(view)).flatten(1)
    return ((0.8 * size + 0.5 * detail).exp() * signs(form)).to(form.dtype)


def _uniform(form: Form, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    # float64 first: the same numbers in every dtype.
    return torch.rand(form.full, generator=generator, dtype=torch.float64).to(form.dtype)
