"""What the trainer asks of a network: built for given input and output shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from lipschitz.fields import Checked


@dataclass(frozen=True, kw_only=True)
class Network(Checked):
    """A network by name; its fields say which one exactly, `build` makes it.

    Attributes:
        name: its name in YAML (set it on the class, it is no field).
        role: what it can serve as: ``"generator"``, ``"critic"`` or ``"any"``.
    """

    name: ClassVar[str]
    role: ClassVar[str] = "any"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build the network with freshly drawn weights (from torch's global generator).

        Args:
            input_shape: shape of one input, without the batch axis.
            output_shape: shape of one output; ``()`` for a critic: scores of shape (B,).

        Raises:
            FieldError: these shapes cannot be served.
        """
        raise NotImplementedError(f"{type(self).__name__} must define build().")
