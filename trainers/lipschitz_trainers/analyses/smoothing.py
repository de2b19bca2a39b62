"""Curves without their noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from lipschitz.errors import DataError


def median_filtered(values: ArrayLike, window: int) -> NDArray[np.float64]:
    """Return the median of the `window` values around each one, which follows steps and ignores outliers.

    At both ends the curve is continued by its mirror image, so that nothing pulls it towards zero there.

    Args:
        values: shape (n,), finite; any n from 0.
        window: odd; 101 in the figures of Arjovsky et al. 2017, "Wasserstein GAN", arXiv 1701.07875.

    Returns:
        Shape (n,).

    Raises:
        DataError: the window is not odd and positive, or the values are not finite numbers on one axis.

    Example:
        >>> median_filtered([1, 1, 9, 1, 5, 5], 3).tolist()
        [1.0, 1.0, 1.0, 5.0, 5.0, 5.0]
    """
    curve = np.asarray(values, dtype=np.float64)
    if window < 1 or window % 2 == 0:
        raise DataError(f"the window of a median filter must be odd and at least 1, got {window}.")
    if curve.ndim != 1 or not np.isfinite(curve).all():
        raise DataError(
            f"a median filter takes finite values of shape (n,), got shape {curve.shape}"
            f"{', not all finite' if curve.ndim == 1 else ''}; leave the others out."
        )
    if not len(curve):
        return curve
    half = window // 2
    # Mirrored by hand: where the window is many times longer than the curve, scipy 1.17 reads beyond its own mirror.
    mirrored = np.pad(curve, half, mode="symmetric")
    filtered = np.asarray(ndimage.median_filter(mirrored, size=window), dtype=np.float64)
    return filtered[half : half + len(curve)]
