"""A critic to do anything to, which is afterwards as it was: a copy, or itself with everything put back."""

from __future__ import annotations

import logging
import random
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.critic import Critic, named_layers
from lipschitz.diagnosis.subject import Subject
from lipschitz.function_critic import FunctionCritic
from lipschitz.scrap import scrap_copy
from lipschitz.trees import Tree
from lipschitz.undisturbed import undisturbed

logger = logging.getLogger("lipschitz")

SAMPLES = 8
"""Samples that checks look at where the size of the batch does not matter, so that large examples take no longer."""


@contextmanager
def examined(critic: Critic, example: Tree, condition: tuple[Any, ...]) -> Generator[Subject]:
    """Yield a `Subject` for a critic; afterwards the critic and all random number generators are as before.

    Raises:
        BatchError: the example is no floating-point batch, or conditions do not fit it.
    """
    batch = example if isinstance(example, Batch) else Batch(real=example, condition=condition)

    def twice(leaf: Tensor) -> Tensor:
        return leaf.detach() if batch.size > 1 else torch.cat([leaf, leaf]).detach()

    def few(leaf: Tensor) -> Tensor:
        return leaf[:SAMPLES]

    real, entries = trees.map_leaves(twice, (batch.real, batch.condition))
    batch = Batch(real=real, condition=entries)
    points, entries = trees.map_leaves(few, (real, entries))
    module = critic if isinstance(critic, nn.Module) else FunctionCritic(critic)
    with _undisturbed(module, batch.device), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copied = isinstance(critic, nn.Module)
        try:
            scrap = scrap_copy(module) if copied else module
        except Exception:  # locks, files, handles of other libraries, ...
            scrap, copied = module, False
        yield Subject(scrap, batch, points, entries, copied, isinstance(critic, nn.Module))


@contextmanager
def _undisturbed(critic: nn.Module, device: torch.device) -> Generator[None]:
    generators = list(_generators(critic))
    states = [generator.get_state() for generator in generators]
    level = logger.level
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - critics may draw from it
    try:
        logger.setLevel(logging.ERROR)  # what it would warn of becomes a finding
        with undisturbed(critic, device), torch.autocast(device.type, enabled=False), torch.enable_grad():
            yield
    finally:
        logger.setLevel(level)
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def _generators(critic: nn.Module) -> Iterable[torch.Generator]:
    for _, layer in named_layers(critic):
        for value in vars(layer).values():
            if isinstance(value, torch.Generator):
                yield value
