"""Gradients of a critic's scores with respect to its input, sample by sample.

Norms are over all non-batch axes of a sample (and over all leaves, where it is a pytree). The results are
differentiable with respect to the critic's parameters: autograd reaches parameters captured by the closure.

The reference is `torch.func`: the gradient of one sample's score, mapped over the batch. Where the samples of a
critic are known to be independent, the gradient of the summed scores is the same and cheaper.
"""

from lipschitz.gradients.api import DUAL_ORDER as DUAL_ORDER
from lipschitz.gradients.api import dual_order as dual_order
from lipschitz.gradients.api import gradient_norms as gradient_norms
from lipschitz.gradients.api import input_gradients as input_gradients
from lipschitz.gradients.choice import Engine as Engine
from lipschitz.gradients.choice import choose_engine as choose_engine
