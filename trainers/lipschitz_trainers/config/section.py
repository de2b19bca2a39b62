"""The base of the configuration's pydantic models: strict, frozen, and clear about what is wrong."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from lipschitz_trainers.config.faults import faults_of, faulty


class Section(BaseModel):
    """A block of the configuration with fixed keys.

    No key is unknown, no string becomes a number, no number is infinite; the message of every fault is in
    this framework's words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    @model_validator(mode="wrap")
    @classmethod
    def _in_our_words(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            raise faulty(faults_of(error, value, cls, list(cls.model_fields))) from None
