"""One seed, named generators: who draws from what, so that no use disturbs another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

ON_CPU = ("data", "conditions", "fakes")
ON_DEVICE = ("latent", "noise", "penalty")


def derive(seed: int, name: str) -> int:
    """Return a seed for one purpose, independent of those for other names.

    Example:
        >>> derive(0, "data") == derive(0, "data"), derive(0, "data") == derive(1, "data")
        (True, False)
    """
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


class Randomness:
    """The random state of a run: a generator for each purpose, besides torch's global one (dropout).

    ``data``: order and draws of real samples. ``conditions``: labels of generator steps. ``latent``: the
    generator's input. ``noise``, ``fakes``: what a fixed generator draws. ``penalty``: where penalties look.
    Initial weights and `prepare` draw from seeds of their own (`seeded`), evaluation from fresh generators (`fresh`).
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        """Create every generator from `seed`; those of samples on the GPU live on `device`."""
        self.seed = seed
        self.device = device
        self.generators = {name: torch.Generator() for name in ON_CPU}
        self.generators |= {name: torch.Generator(device=device) for name in ON_DEVICE}
        for name, generator in self.generators.items():
            generator.manual_seed(derive(seed, name))

    def __getitem__(self, name: str) -> torch.Generator:
        """Return the generator called `name`."""
        return self.generators[name]

    def fresh(self, name: str) -> torch.Generator:
        """Return a new CPU generator for a purpose that must not depend on how often it is used."""
        return torch.Generator().manual_seed(derive(self.seed, name))

    def start_global(self) -> None:
        """Seed torch's global generator, once, before the first step; alike in every process of a run."""
        torch.manual_seed(derive(self.seed, "global"))

    def state_dict(self) -> dict[str, Any]:
        """Return the state of every generator, the global ones of the CPU and of this run's device included."""
        state: dict[str, Any] = {name: generator.get_state() for name, generator in self.generators.items()}
        state["global"] = torch.get_rng_state()
        if self.device.type == "cuda":
            state["cuda"] = torch.cuda.get_rng_state(self.device)
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Return every generator to a saved state."""
        for name, generator in self.generators.items():
            generator.set_state(state[name])
        torch.set_rng_state(state["global"])
        if self.device.type == "cuda" and "cuda" in state:
            torch.cuda.set_rng_state(state["cuda"], self.device)


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Seed torch's global generator for one purpose and put it back afterwards."""
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(derive(seed, name))
        yield
