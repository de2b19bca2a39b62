"""Which gradient penalty is a hand-written function, and which of the known mistakes does it make?

`identify_penalty` calls the function on critics whose gradients are prescribed. `growth` finds how the penalty
grows with the gradient; `reductions`, over which axes it takes norms and what it averages; `scales`, in what unit;
`backward`, what flows back; `places`, `mixtures` and `surroundings`, where it looks.
"""

from lipschitz.testing.identify.identification import identify_penalty as identify_penalty
from lipschitz.testing.identify.verdict import Kind as Kind
from lipschitz.testing.identify.verdict import Verdict as Verdict
