"""Bounds on Lipschitz constants: certified ones from above, witnessed ones from below."""

from __future__ import annotations

from lipschitz.bounds.layers import rule_for as rule_for
from lipschitz.bounds.operators import operator_norm as operator_norm
from lipschitz.bounds.operators import reshaped_spectral_norm as reshaped_spectral_norm
from lipschitz.bounds.product import product_bound as product_bound
from lipschitz.bounds.steepest import Slope as Slope
from lipschitz.bounds.steepest import steepest_slope as steepest_slope
from lipschitz.bounds.tight import tight_bound as tight_bound
