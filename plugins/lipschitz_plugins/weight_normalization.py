"""Weight normalization: length and direction of each unit's weights apart."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn
from torch.nn.utils import parametrizations

from lipschitz import Batch, Constraint, CriticError, hookimpl
from lipschitz.layers import as_matrix, normalizable_layers, output_axis, require_untied, weight_of


@dataclass(frozen=True, kw_only=True)
class WeightNormalization(Constraint):
    """The weights of each unit are a length times a direction, both of them trained.

        w = g v / |v|

    No bound at all: the lengths g are free, so that the critic can be what it could before, and even with lengths of 1
    a layer of n units can stretch by sqrt(n). The paper tried it as a constraint all the same, without giving numbers,
    and met the problems of `weight_clipping`. A unit is a row of a matrix, an output channel of a convolution.

    The initial weights stay as they are; the publication's initialisation from a batch of data is left out. Uses
    `torch.nn.utils.parametrizations.weight_norm`.

    References:
        Salimans, Kingma: Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
        Networks, 2016, arXiv 1602.07868, section 2.
    """

    name = "weight_normalization"
    family = "reparametrization"
    guarantee = "none"
    changes = frozenset({"parametrization"})
    cost = "weights"

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Reparametrize every linear and convolution layer."""
        layers = normalizable_layers(critic, self.name)
        require_untied(layers, self.name)
        for path, layer in layers.items():
            weight = weight_of(layer)
            if not weight.is_meta and not as_matrix(weight, output_axis(layer)).any(dim=1).all():
                raise CriticError(
                    f"the weights of some unit of layer {path!r} are all zero and have no direction to normalize; draw "
                    f"them at random, or use another constraint."
                )
        for layer in layers.values():
            parametrizations.weight_norm(layer, dim=output_axis(layer))
        return critic


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(WeightNormalization)
