"""A certified upper bound of a critic's Lipschitz constant: the product along its layers."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.bounds.coupling import require_uncoupled
from lipschitz.bounds.evaluation import lipschitz_constant, rounded_steps
from lipschitz.bounds.norms import require_norm, require_tolerance
from lipschitz.bounds.traced import Traced
from lipschitz.bounds.tracing import traced_output, unwrapped
from lipschitz.critic import Critic, scores_of
from lipschitz.errors import BatchError
from lipschitz.trees import Tree


def product_bound(
    critic: Critic, example: Tree, *condition: Tensor, norm: float = 2, tolerance: float = 1e-2
) -> float:
    """Return a certified upper bound of a critic's Lipschitz constant: |f(a) - f(b)| <= bound |a - b| for all a, b.

    The critic is called once, on a copy, and every torch function that sees its input is followed. Layers without
    activation between them are bounded as one linear map, true operator norms of convolutions at the real input size
    included; activations, pooling and normalizers by their own constants; residual branches are added. What has no
    bound (attention, recurrent layers, products of two features) is an error that names the layer.

    The bound is about the function in exact arithmetic, as the critic stands: mode, parametrized weights as at
    its next call (inside `parametrize.cached()` the cached ones), dropout at its worst. For slopes measured in
    the critic's precision, one and a half units in its last place (float32 at most) are added for every
    operation, four at least. Other random numbers may be added to features. For deep critics the bound is
    usually far above the true constant; `lipschitz.bounds.tight_bound` is closer for some.

    Args:
        critic: called with ``(sample, *condition)``; left as it is. Anything but an `nn.Module` is called itself.
        example: samples of shape (B, ...), or a pytree of such, or a `lipschitz.Batch` (its `real` and `condition`);
            only their shapes and their number matter: the critic is probed
            for coupling at this batch size. The norm of a pytree is that of its leaves laid end to end.
        *condition: per-sample entries passed after the samples. They are held fixed: the bound is one for the
            conditions given here, for whatever samples.
        norm: norm p of the INPUT space, 2, 1 or inf; p-norms are used for all features too.
        tolerance: relative tightness aimed at for the 2-norm of linear maps too large to form their matrix; less
            makes large convolutions slower.

    Returns:
        The bound, computed in float64. Matrices of up to 1024 rows or columns are exact to rounding, which is
        allowed for. For each larger linear map and norm 2 a Lanczos bound is used that fails with a probability of
        1e-12 at most, over a random start that is the same at every call: 1e-9 for a thousand of them.

    Raises:
        BoundError: some layer has no bound, or cannot be followed; the message names it and says what to do.
        BatchError: the example is no floating-point batch.
        CoupledSamplesError: the score of a sample depends on others, as far as `lipschitz.probe` can tell.
        CriticError: the critic does not return one score a sample.
        FieldError: the norm is none of the three, or the tolerance not above 0.

    Example:
        >>> from torch import nn
        >>> critic = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
        >>> _ = critic[0].weight.data.copy_(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
        >>> _ = critic[2].weight.data.copy_(torch.tensor([[0.0, 2.0]]))
        >>> round(product_bound(critic, torch.zeros(1, 2)), 5)
        8.0
    """
    require_norm(norm)
    require_tolerance(tolerance)
    scores = traced_scores(critic, example, condition)
    return 0.0 if scores is None else bound_of(scores, norm, tolerance)


def traced_scores(critic: Critic, example: Tree, condition: tuple[Tensor, ...]) -> Traced | None:
    """Return the critic's scores, shape (B,), as traced from an example, or `None` where they are constant.

    Without conditions, B is 1: one sample shows everything, where the batch does not couple them.
    """
    points: Tree = example
    if isinstance(example, Batch):
        if condition:
            raise BatchError("the conditions of a lipschitz.Batch are inside it; pass no others.")
        points, condition = example.real, example.condition
    size = trees.batch_size(points, "example")
    if size == 0:
        raise BatchError("the example holds no sample; one is needed, for its shape.")
    trees.require_floating(points, "example")
    batch, inside = points, unwrapped(critic)
    if not condition:
        points, size = trees.map_leaves(_first, points), 1
    scores = scores_of(traced_output(inside, points, condition), size)
    if not isinstance(scores, Traced):
        return None
    require_uncoupled(inside, batch, condition)
    scores.settle()
    return scores


def bound_of(traced: Traced, norm: float, tolerance: float) -> float:
    """Return the Lipschitz constant's bound of a traced tensor, computed in float64 whatever the context."""
    with torch.autocast(traced.device.type, enabled=False), torch.inference_mode(False):
        node = traced.node()
        bound = lipschitz_constant(node, norm, tolerance, traced.device)
        return allowance(traced.dtype, rounded_steps(node)) * bound


def allowance(dtype: torch.dtype, steps: int = 0) -> float:
    """Return a factor for slopes measured in this precision, of which the last places are rounded.

    Args:
        dtype: float32 counts for what is less precise.
        steps: operations that round, at most one and a half units in the last place each. Sums of many terms can lose
            more in the worst case, in practice they do not.

    Example:
        >>> allowance(torch.float32) < 1.0000005 < allowance(torch.float32, steps=100)
        True
    """
    unit = min(torch.finfo(dtype).eps, torch.finfo(torch.float32).eps)
    return (1 + unit) ** max(4.0, 1.5 * steps)


def _first(leaf: Tensor) -> Tensor:
    return leaf[:1]
