"""The other side of a pair with a known distance, where a configuration asks for it."""

from __future__ import annotations

from lipschitz import ConfigError
from lipschitz_trainers import registry
from lipschitz_trainers.config.wording import quoted
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.data.known_pairs import KnownPair


def opposite(dataset: Dataset) -> KnownPair:
    """Return the other distribution of the pair that a dataset is one side of.

    Raises:
        ConfigError: it is no side of a pair.

    Example:
        >>> from lipschitz_trainers.data import MinFunnels
        >>> opposite(MinFunnels(dimension=16, funnels=64))
        MinFunnels(side='q', dimension=16, funnels=64, seed=987, power=8.0)
    """
    if isinstance(dataset, KnownPair):
        return dataset.other_side()
    sides = [name for name, cls in registry.registered("dataset").items() if issubclass(cls, KnownPair)]
    raise ConfigError(
        f"the generator 'other_side' needs data that are one side of a pair with a known distance, got "
        f"{dataset.name!r}. Use one of {quoted(sides)}; or name the samples: generator: "
        f"{{fixed: {{name: second_dataset, dataset: ...}}}}."
    )
