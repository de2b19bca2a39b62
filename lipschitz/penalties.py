"""How much a gradient norm costs, by its distance from what it should be: per sample, without coefficient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Tensor

Shape: TypeAlias = Literal["two_sided", "one_sided", "zero_centered", "squared_norm", "logarithmic"]
"""Names of the shapes a gradient penalty can have."""


def two_sided(norms: Tensor, target: float = 1.0) -> Tensor:
    r"""Return :math:`(\|g\| - t)^2`, zero exactly where the norm is the target.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, section 4, equation 3.

    Args:
        norms: gradient norms, shape (B,).
        target: the norm aimed at, t.

    Example:
        >>> import torch
        >>> two_sided(torch.tensor([0.0, 1.0, 3.0]))
        tensor([1., 0., 4.])
    """
    return (norms - target).square()


def one_sided(norms: Tensor, target: float = 1.0) -> Tensor:
    r"""Return :math:`\max(0, \|g\| - t)^2`, zero on [0, t].

    Source: Petzka et al. 2018, arXiv 1709.08894, section 5; Gulrajani et al. 2017, arXiv 1704.00028, appendix C.

    Args:
        norms: gradient norms, shape (B,).
        target: the largest norm that costs nothing, t.

    Example:
        >>> import torch
        >>> one_sided(torch.tensor([0.0, 1.0, 3.0]))
        tensor([0., 0., 4.])
    """
    # clamp, unlike relu, leaves no materialised zero in the double backward.
    return (norms - target).clamp(min=0.0).square()


def zero_centered(norms: Tensor, target: float = 0.0) -> Tensor:
    r"""Return :math:`\|g\|^2`, the two-sided penalty around 0.

    Source: Mescheder et al. 2018, arXiv 1801.04406, section 4.1 (there with a factor 1/2).

    Args:
        norms: gradient norms, shape (B,).
        target: not used; here so that all shapes are called alike.

    Example:
        >>> import torch
        >>> zero_centered(torch.tensor([0.0, 1.0, 3.0]))
        tensor([0., 1., 9.])
    """
    del target
    return norms.square()


def squared_norm(norms: Tensor, target: float = 1.0) -> Tensor:
    r"""Return :math:`(\|g\|^2 - t^2)^2`: smooth in the gradient, also at zero, and of fourth order far away.

    Common in implementations that spare the square root, of which we know no original source. Near the target it is
    :math:`4 t^2` times the two-sided penalty.

    Args:
        norms: gradient norms, shape (B,).
        target: the norm aimed at, t.

    Example:
        >>> import torch
        >>> squared_norm(torch.tensor([0.0, 1.0, 3.0]))
        tensor([ 1.,  0., 64.])
    """
    return (norms.square() - target**2).square()


def logarithmic(norms: Tensor, target: float = 1.0) -> Tensor:
    r"""Return :math:`\log(1 + \max(0, \|g\| - t)^2)`: one-sided, and forgiving of single very steep points.

    Cauchy's robust loss (Black and Anandan 1996, "The robust estimation of multiple motions", section 3.2, calls it
    Lorentzian) of the excess: its derivative is at most 1 and falls again beyond an excess of 1. No paper we know of
    uses it for critics; a critic that starts very steep is hardly pulled back by it.

    Args:
        norms: gradient norms, shape (B,).
        target: the largest norm that costs nothing, t.

    Example:
        >>> import torch
        >>> logarithmic(torch.tensor([0.0, 1.0, 3.0]))
        tensor([0.0000, 0.0000, 1.6094])
    """
    return torch.log1p(one_sided(norms, target))


SHAPES: dict[Shape, Callable[[Tensor, float], Tensor]] = {
    "two_sided": two_sided,
    "one_sided": one_sided,
    "zero_centered": zero_centered,
    "squared_norm": squared_norm,
    "logarithmic": logarithmic,
}
"""The shapes by name: functions from gradient norms, shape (B,), and a target to costs, shape (B,)."""
