"""The names of the two sides of a pair."""

from __future__ import annotations

from typing import Literal, TypeAlias

SideName: TypeAlias = Literal["p", "q"]
"""The two distributions of a pair: rays of the optimal plan run from points of P up to points of Q."""
