"""How far gradient norms are from what they should be: squared excess, per sample, without coefficient."""

from __future__ import annotations

from torch import Tensor


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
