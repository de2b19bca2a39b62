"""Critics without zeros in their double backward.

The derivative of a piecewise linear operation is constant almost everywhere, so its second derivative is zero.
PyTorch pushes that zero, materialised, back through the whole forward pass: about a third of the work of a gradient
penalty. Inside `zero_free` such operations are computed in a form without that path: a rectifier as
``x * slope(x)`` with a constant slope, a pooling as a sum of windows or a gather, padding by reflection as a
concatenation.

Values and gradients are the same, except that a rectifier's input of minus infinity gives NaN instead of 0. A
parameter reached by nothing but zeros (the last bias) then gets no gradient instead of a zero.
"""

from lipschitz.zero_free.mode import plain_double_backward as plain_double_backward
from lipschitz.zero_free.mode import zero_free as zero_free
from lipschitz.zero_free.rewrites import REWRITES as REWRITES
