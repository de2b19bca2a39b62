"""What is known about torch functions: a rule for each, by name."""

from __future__ import annotations

from lipschitz.bounds.rules import activations as activations
from lipschitz.bounds.rules import arithmetic as arithmetic
from lipschitz.bounds.rules import normalizers as normalizers
from lipschitz.bounds.rules import order as order
from lipschitz.bounds.rules import pooling as pooling
from lipschitz.bounds.rules import products as products
from lipschitz.bounds.rules import rearrangements as rearrangements
from lipschitz.bounds.rules import reductions as reductions
from lipschitz.bounds.rules.registry import RULES as RULES
