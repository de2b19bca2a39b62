"""Normalization of the critic's output by its slope (GN-GAN)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import grad
from torch.nn.utils import parametrize

from lipschitz import Batch, Constraint, CriticError, CriticOutput, hookimpl, trees
from lipschitz.critic import named_layers, output_of
from lipschitz.diagnosis import require_trainable_slopes
from lipschitz.double_backward import double_backward
from lipschitz.gradients.engines import inside_transform


@dataclass(frozen=True, kw_only=True)
class GradientNormalization(Constraint):
    """The critic's score is divided by its gradient norm plus its own size, sample by sample.

        D(x) = f(x) / (|grad f(x)| + |f(x)|)

    `prepare` wraps the critic f; its parameters are found under ``critic.``. Scores lie in [-1, 1] and do not change
    when f is multiplied by a positive number. Where f is linear around x, the slope |grad D(x)| is
    (|grad f| / (|grad f| + |f|))^2, at most 1. That is no Lipschitz constant: at the kinks of a piecewise linear f,
    where the slope jumps, D jumps as well, and with smooth activations its slope has no bound. W1 estimates of a critic
    in [-1, 1] mean little.

    Every call costs a backward pass, and training differentiates through it, as with a gradient penalty. Critics that
    couple the samples of a batch are refused.

    References:
        Wu, Shuai, Tam, Chiu: Gradient Normalization for Generative Adversarial Networks, 2021, arXiv 2109.02235,
        section 3. The optimizer is that of the authors' code for the ResNet on CIFAR-10, the generator's rate half
        of it.
    """

    name = "gradient_normalization"
    family = "output normalization"
    guarantee = "none"
    changes = frozenset({"output"})
    cost = "double backward"
    published_optimizer = {"name": "adam", "lr": 4e-4, "betas": (0.0, 0.9)}

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Wrap the critic; refuse one that is wrapped, couples samples, or can be differentiated only once."""
        if any(isinstance(layer, GradientNormalized) for _, layer in named_layers(critic)):
            raise CriticError(
                "the critic's output is already normalized by its gradient and can be only once; prepare a critic "
                "without gradient_normalization."
            )
        require_trainable_slopes(critic, example)
        return GradientNormalized(critic).train(critic.training)


class GradientNormalized(nn.Module):
    """A critic whose scores f are f / (|grad f| + |f|); logits and features pass through."""

    def __init__(self, critic: nn.Module) -> None:
        """Wrap the critic."""
        super().__init__()
        self.critic = critic

    def forward(self, sample: Any, *condition: Tensor) -> Any:
        """Return normalized scores, in the form in which the critic returns its own."""
        raw, gradients = self._with_gradients(sample, condition)
        scores = raw.scores if isinstance(raw, CriticOutput) else raw
        size = _norms(gradients).to(scores.dtype).reshape(scores.shape) + scores.abs()
        # Zero over zero counts as zero: a critic that is flat and zero there.
        normalized = scores / torch.where(size > 0, size, 1.0)
        return raw._replace(scores=normalized) if isinstance(raw, CriticOutput) else normalized

    def _with_gradients(self, sample: Any, condition: tuple[Tensor, ...]) -> tuple[Any, Any]:
        """Return what the critic returns and the gradient of each sample's score, from one call."""
        if not torch.compiler.is_compiling() and torch.is_inference_mode_enabled():
            # There is no gradient there, and its tensors can have none elsewhere.
            with torch.inference_mode(False), torch.no_grad():
                return self._with_gradients(*trees.map_leaves(torch.clone, (sample, condition)))
        graph = torch.is_grad_enabled()
        device = trees.leaves(sample)[0].device

        def total(points: Any) -> tuple[Tensor, Any]:
            with double_backward(self.critic, device, graph=graph):
                raw = self.critic(points, *condition)
            return output_of(raw, trees.leaves(points)[0].shape[0]).scores.sum(), raw

        if torch.compiler.is_compiling() or inside_transform():
            _compute_weights(self.critic)
            gradients, raw = grad(total, has_aux=True)(sample)
            return raw, gradients
        # Outside of compiled code and transforms, autograd itself does the same; it also leaves no traces of a
        # transform in what is cached between calls.
        with torch.enable_grad():
            watched = trees.map_leaves(_watched, sample)
            score, raw = total(watched)
            if not score.requires_grad:  # a constant
                return raw, trees.map_leaves(torch.zeros_like, sample)
            found = torch.autograd.grad(
                score, trees.leaves(watched), create_graph=graph, materialize_grads=True
            )
        gradients = trees.rebuild(sample, found)
        return (raw, gradients) if graph else trees.map_leaves(_detached, (raw, gradients))


def _compute_weights(critic: nn.Module) -> None:
    """Fill the cache of reparametrized weights, where it is on: computed inside a transform, none could be kept."""
    if parametrize._cache_enabled:
        for _, layer in named_layers(critic):
            if parametrize.is_parametrized(layer):
                reparametrized: Any = layer.parametrizations
                for name in reparametrized:
                    getattr(layer, name)


def _norms(gradients: Any) -> Tensor:
    """Return the norm of each sample's gradient, shape (B,), with derivatives of every order, also at zero."""
    wide = [leaf if leaf.dtype == torch.float64 else leaf.float() for leaf in trees.leaves(gradients)]
    squares = torch.stack([leaf.reshape(len(leaf), -1).square().sum(1) for leaf in wide]).sum(0)
    # trees.sample_norms has a first derivative there, but a gradient penalty on top takes the second.
    return torch.where(squares > 0, torch.where(squares > 0, squares, 1.0).sqrt(), 0.0)


def _watched(leaf: Tensor) -> Tensor:
    return leaf.view_as(leaf) if leaf.requires_grad else leaf.detach().requires_grad_(True)


def _detached(leaf: Any) -> Any:
    return leaf.detach() if isinstance(leaf, Tensor) else leaf


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(GradientNormalization)
