"""The norms of the input space for which there are bounds."""

from __future__ import annotations

import math

from lipschitz.errors import FieldError

NORMS = (2, 1, math.inf)


def require_norm(norm: float) -> None:
    """Refuse other norms.

    Raises:
        FieldError: the norm is none of `NORMS`.
    """
    if norm not in NORMS:
        raise FieldError(f"norm must be 2, 1 or inf (the norm of the input space), got {norm!r}.")
