"""deel-torchlip's normalizations as a constraint: the 1-Lipschitz layers of that library in any critic."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from deel.torchlip.utils import bjorck_norm, lconv_norm
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz.layers import full_precision, normalizable_layers
from lipschitz.seeding import fixed_seed


@dataclass(frozen=True, kw_only=True)
class Torchlip(lipschitz.Constraint):
    """Linear and convolution layers become those of deel-torchlip: 1-Lipschitz, with equal singular values.

        W / s(W),   then repeatedly   W <- 3/2 W - 1/2 W W'W,   convolutions then divided by sqrt(ceil(k / stride)^d)

    s(W) is the largest singular value by power iteration; kernels of size k with d axes are flattened, and the last
    factor turns a bound for the flattened kernel into one for the convolution. That is what the library's
    ``SpectralLinear`` and ``SpectralConv2d`` compute; here the critic keeps its own layers and initial weights. A
    critic of such layers and 1-Lipschitz activations has constant 1 at most, once the power iteration has converged.
    Slopes come closer to 1 with activations that keep lengths, such as sorting. Padding must be of zeros, or circular
    and no wider than (k - stride) / 2 on each side: else one sample of the input counts more often than that factor
    allows for.

    Attributes:
        orthogonal: whether to iterate (Bjorck), which pulls the smaller singular values up to 1.
        tolerance: the iteration ends when a step is shorter than this, and after 15 of them.

    References:
        Serrurier et al.: Achieving robustness in classification using optimal transport with hinge regularization,
        2021, arXiv 2006.06520, section 4.
        Anil, Lucas, Grosse: Sorting out Lipschitz function approximation, 2019, arXiv 1811.05381, section 4.2.
    """

    name = "torchlip"
    family = "reparametrization"
    guarantee = "hard"
    cost = "weights"
    changes = frozenset({"parametrization"})

    orthogonal: bool = True
    tolerance: Annotated[float, Gt(0)] = 1e-3

    def prepare(self, critic, example=None):
        """Reparametrize every linear and convolution layer.

        Raises:
            CriticError: the library has no form for a layer, or its form would not be 1-Lipschitz there.
        """
        layers = normalizable_layers(critic, self.name)
        for path, layer in layers.items():
            _require_known(path, layer)
        # The power iteration starts at random vectors from torch's global generator.
        with fixed_seed(0, {parameter.device for parameter in critic.parameters()}):
            for layer in layers.values():
                parametrizations.spectral_norm(layer, eps=1e-3)  # the library's own eps
                if self.orthogonal:
                    bjorck_norm(layer, eps=self.tolerance)
                if not isinstance(layer, nn.Linear):
                    lconv_norm(layer)
                steps = layer.parametrizations.weight
                for i, step in enumerate(steps):
                    steps[i] = _FullPrecision(step)
        return critic


class _FullPrecision(nn.Module):
    """Keeps autocast away from a step, which would round what the guarantee rests on."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def forward(self, weight):
        with full_precision(weight.device):
            return self.step(weight)


def _require_known(path, layer):
    if isinstance(layer, nn.Linear):
        return
    if not isinstance(layer, nn.Conv1d | nn.Conv2d) or layer.groups != 1 or set(layer.dilation) != {1}:
        raise lipschitz.CriticError(
            f"torchlip has no form for layer {path!r} ({layer}); it knows Linear, and Conv1d and Conv2d without groups "
            f"and dilation."
        )
    if layer.padding_mode == "zeros" or not _repeats_too_often(layer):
        return
    raise lipschitz.CriticError(
        f"torchlip cannot bound layer {path!r} ({layer}): padding_mode={layer.padding_mode!r} repeats samples of the "
        f"input, so that each counts more often than the library's factor sqrt(ceil(kernel / stride)) an axis allows "
        f"for, and the layer may be steeper than 1. Use padding_mode='zeros', or 'circular' with a padding of at most "
        f"(kernel - stride) / 2."
    )


def _repeats_too_often(layer):
    """Say whether a sample of the input may be in more than ceil(k / stride) windows of an axis."""
    if layer.padding_mode != "circular":
        return True
    if isinstance(layer.padding, str):
        return False  # "valid" pads nothing, "same" the k - 1 that stride 1 allows
    # On the circle, the last window and the first one are k - 2 * padding apart at least; as far as the others, if
    # that is no less than the stride.
    axes = zip(layer.kernel_size, layer.stride, layer.padding, strict=True)
    return any(padding and 2 * padding > kernel - stride for kernel, stride, padding in axes)


@lipschitz.hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(Torchlip)
