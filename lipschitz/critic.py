"""What a critic is: called ``critic(sample, *condition)``, returns one score per sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias, cast

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from lipschitz.errors import CriticError

Critic: TypeAlias = Callable[..., Any]
"""Any callable from (sample batch, *conditions) to scores or a `CriticOutput`; usually an `nn.Module`."""


class CriticOutput(NamedTuple):
    """Output of a critic with more than scores.

    Attributes:
        scores: shape (B,) or (B, 1): how real each sample looks. The core looks at nothing else.
        logits: class scores, shape (B, classes), for objectives with an auxiliary classifier.
        features: activations of a hidden layer, for terms that compare features.
    """

    scores: Tensor
    logits: Tensor | None = None
    features: Tensor | None = None


def named_layers(critic: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield every module of a critic with its path, such as ``"net.1"``, in the order of the module tree."""
    return cast("Iterator[tuple[str, nn.Module]]", critic.named_modules())


def has_layer(critic: nn.Module, kind: type[nn.Module]) -> bool:
    """Return whether a critic holds a module of this type; cheap enough to ask at every step.

    Example:
        >>> has_layer(nn.Sequential(nn.Linear(2, 1)), nn.Linear)
        True
    """
    found = [critic]
    for module in found:  # grows while it is read
        if isinstance(module, kind):
            return True
        found += [inner for inner in vars(module).get("_modules", {}).values() if inner is not None]
    return False


def unwrapped(critic: Critic) -> Critic:
    """Return the critic inside the wrappers of `torch.compile` and of data-parallel training.

    A compiled critic has no double backward, and a data-parallel one must be called once a step; the module inside has
    the same parameters, so that their gradients are synchronised all the same.

    Example:
        >>> inside = nn.Linear(2, 1)
        >>> unwrapped(nn.DataParallel(inside)) is inside
        True
    """
    if isinstance(critic, nn.DataParallel | DistributedDataParallel):
        return unwrapped(cast(Any, critic).module)
    name = "_orig_mod" if isinstance(critic, nn.Module) else "_torchdynamo_orig_callable"
    compiled: Any = getattr(critic, name, None)
    return critic if compiled is None else unwrapped(compiled)


def output_of(raw: Any, size: int) -> CriticOutput:
    """Wrap what a critic returned, with scores of shape (B,).

    Raises:
        CriticError: it is neither a tensor nor a `CriticOutput`, or there is not exactly one score a sample.
    """
    output = raw if isinstance(raw, CriticOutput) else CriticOutput(raw)
    return output._replace(scores=_one_score_each(output.scores, size))


def scores_of(raw: Any, size: int) -> Tensor:
    """Return the scores, shape (B,), of what a critic returned. Raises as `output_of`."""
    return _one_score_each(raw.scores if isinstance(raw, CriticOutput) else raw, size)


def _one_score_each(scores: Any, size: int) -> Tensor:
    if not isinstance(scores, Tensor):
        raise CriticError(
            f"a critic must return a tensor of scores or a lipschitz.CriticOutput, got {type(scores).__name__}."
        )
    if scores.shape == (size,):
        return scores
    if scores.shape == (size, 1):
        return scores[:, 0]
    hint = (
        "it looks like a map of scores: average it over the patches, or penalise patch by patch"
        if scores.ndim > 1 and scores.shape[0] == size
        else "let the critic end in one output unit and keep the batch axis"
    )
    raise CriticError(
        f"a critic must return one score per sample, shape ({size},) or ({size}, 1), got "
        f"{tuple(scores.shape)}; {hint}."
    )
