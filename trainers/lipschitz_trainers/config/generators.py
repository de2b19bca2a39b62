"""The generator's block: one that is trained, or a fixed source of fake samples (critic-only training)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Lt
from pydantic import PlainValidator

from lipschitz.errors import named
from lipschitz.fields import Checked
from lipschitz_trainers.config.choices import DatasetField, GeneratorNetworkField
from lipschitz_trainers.config.faults import refusal
from lipschitz_trainers.config.named import Choice
from lipschitz_trainers.config.optimizers import OptimizerField
from lipschitz_trainers.config.section import Section
from lipschitz_trainers.config.wording import quoted, shown


class GeneratorConfig(Section):
    """A generator that is trained.

    Attributes:
        network: from `latent` numbers to a sample.
        latent: length of the noise vector.
        optimizer: the generator's own.
        batch_size: samples of a generator step; None: as many as a critic step has.
        ema: decay of the running average of the weights that evaluation uses; None: the weights themselves.
    """

    network: GeneratorNetworkField
    latent: Annotated[int, Ge(1)] = 128
    optimizer: OptimizerField
    batch_size: Annotated[int, Ge(1)] | None = None
    ema: Annotated[float, Gt(0), Lt(1)] | None = None


@dataclass(frozen=True, kw_only=True)
class FixedGenerator(Checked):
    """A source of fake samples that does not learn, by name."""

    name: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class DataPlusNoise(FixedGenerator):
    """Real samples with independent Gaussian noise of standard deviation `std` on every coordinate."""

    name = "data_plus_noise"
    std: Annotated[float, Gt(0)] = 1.0


@dataclass(frozen=True, kw_only=True)
class SecondDataset(FixedGenerator):
    """Samples of another dataset, of the same shape."""

    name = "second_dataset"
    dataset: DatasetField


@dataclass(frozen=True, kw_only=True)
class OtherSide(FixedGenerator):
    """Samples of the other distribution of a pair with a known distance, of which the data are one side."""

    name = "other_side"


FIXED_GENERATORS: dict[str, type[FixedGenerator]] = {
    cls.name: cls for cls in (DataPlusNoise, SecondDataset, OtherSide)
}
"""Fixed generators by name."""


def fixed_generator_class(name: str) -> type[FixedGenerator]:
    """Return the fixed generator called `name`.

    Raises:
        UnknownNameError: there is none.
    """
    return named("fixed generator", name, FIXED_GENERATORS)


_FIXED = Choice("fixed generator", FixedGenerator, fixed_generator_class, lambda: FIXED_GENERATORS)


class FixedGeneratorConfig(Section):
    """A generator that is not trained.

    Attributes:
        fixed: where its samples come from.
    """

    fixed: Annotated[FixedGenerator, PlainValidator(_FIXED)]


def parse_generator(value: Any) -> GeneratorConfig | FixedGeneratorConfig:
    """Return the generator's block: a fixed one where the key ``fixed`` is present.

    Raises:
        ValidationError: with every fault.
    """
    if isinstance(value, (GeneratorConfig, FixedGeneratorConfig)):
        return value
    trained, fixed = list(GeneratorConfig.model_fields), list(FixedGeneratorConfig.model_fields)
    forms = f"either {fixed[0]!r} alone, or {quoted(trained)}"
    if not isinstance(value, Mapping):
        raise refusal(f"must be a mapping with {forms}; got {shown(value)}")
    if fixed[0] in value:
        return FixedGeneratorConfig.model_validate(value)
    if len(value) == 1 and not value.keys() & set(trained):
        # One key that fits neither form: say so once, rather than listing what a trained generator lacks.
        key = next(iter(value))
        meant = difflib.get_close_matches(key, [*fixed, *trained], n=1) or fixed
        raise refusal(f"unknown key. Did you mean {meant[0]!r}? A generator has {forms}.", key)
    return GeneratorConfig.model_validate(value)


GeneratorField = Annotated[GeneratorConfig | FixedGeneratorConfig, PlainValidator(parse_generator)]
