"""Law 1: a constraint is a value; what must persist is a buffer on the critic under the constraint's name."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from typing import Any

import torch
from torch import Tensor

from lipschitz.critic import named_layers
from lipschitz.testing.generators import global_seeds
from lipschitz.testing.trial import Trial, largest, names_of, restore, same_bits, snapshot

MUTABLE: Any = (list, dict, set, Tensor)
"""Types of values that could be changed in place."""


def is_a_value(trial: Trial) -> None:
    """It can be hashed, compared and replaced, and its attributes cannot be set."""
    constraint = trial.constraint
    try:
        number = hash(constraint)
    except TypeError as error:
        raise trial.broken(1, f"it cannot be hashed ({error}); give its fields immutable types.") from error
    twin: Any = dataclasses.replace(constraint)
    trial.require(
        twin == constraint, 1, f"dataclasses.replace without changes gives another value, {twin!r}."
    )
    trial.require(hash(twin) == number, 1, "equal values have different hashes.")
    try:
        twin.name = "changed"
    except dataclasses.FrozenInstanceError:
        return
    raise trial.broken(1, "its attributes can be set; declare it with @dataclass(frozen=True, kw_only=True).")


def attributes_stay(trial: Trial) -> None:
    """No moment changes an attribute of the constraint or of its class."""
    before = attributes_of(trial.constraint)
    critic = trial.prepared()
    for step in range(3):
        trial.penalty(critic, trial.batch(step=step))
        trial.constraint.project(critic, step)
    require_same_attributes(trial, before)


def require_same_attributes(trial: Trial, before: dict[str, Any]) -> None:
    """Raise unless the constraint and its class hold what `attributes_of` returned before."""
    after = attributes_of(trial.constraint)
    for name in {**before, **after}:
        changed = name not in before or name not in after or not _equal(before[name], after[name])
        trial.require(
            not changed,
            1,
            f"its attribute {name!r} changes while it is used; keep state in a buffer of the critic.",
        )


def calls_are_not_remembered(trial: Trial) -> None:
    """The same critic and the same batch give the same penalty, whatever was computed in between."""
    critic, other = trial.prepared(), trial.prepared(scale=2.0)
    state = snapshot(critic)
    # Equal global seeds: what is drawn from them is no memory, and breaks another law.
    with global_seeds(0):
        first = trial.penalty(critic, trial.batch())
    for step in range(3):
        trial.penalty(other, trial.batch(step=step, seed=7))
        trial.constraint.project(other, step)
    with global_seeds(0):
        again = trial.penalty(restore(critic, state), trial.batch())
    trial.require(
        same_bits(first, again),
        1,
        f"the same critic and batch give another penalty after calls with others: {_apart(first, again)}; it "
        f"remembers something, or draws from a generator of its own.",
    )


def new_buffers_carry_its_name(trial: Trial) -> None:
    """Buffers that `prepare` registers belong to a parametrization or carry the constraint's name."""
    critic = trial.fresh()
    known = {
        (id(layer), name)
        for _, layer in named_layers(critic)
        for name, _ in layer.named_buffers(recurse=False)
    }
    allowed = names_of(trial.constraint)
    for path, layer in named_layers(trial.prepare(critic)):
        for name, _ in layer.named_buffers(recurse=False):
            whole = f"{path}.{name}".lstrip(".")
            if (id(layer), name) in known or "parametrizations" in whole.split("."):
                continue
            trial.require(
                any(own in whole for own in allowed),
                1,
                f"prepare registers the buffer {whole!r}, which does not carry the constraint's name; call it for "
                f"example {trial.constraint.name + '_' + name!r}.",
            )


def state_dict_holds_everything(trial: Trial) -> None:
    """A critic restored from a state dict goes on as the saved one would have.

    What came before differs from what comes after, samples and weights: a memory of the first call shows.
    """
    critic = trial.prepared()
    for step in range(2):
        batch = trial.batch(step=step, seed=step + 1)
        trial.scores(critic, batch)
        trial.penalty(critic, batch)
        trial.constraint.project(critic, step)
        with torch.no_grad():
            for parameter in critic.parameters():
                parameter.mul_(1.01)  # as an optimizer would
    restored = dataclasses.replace(trial, seed=trial.seed + 1).prepared()
    restored.load_state_dict(critic.state_dict())
    pairs: list[tuple[str, Tensor, Tensor]] = []
    for what in ("score", "penalty"):
        run = trial.scores if what == "score" else trial.penalty
        pairs.append((what, run(critic, trial.batch(step=2)), run(restored, trial.batch(step=2))))
    for what, a, b in pairs:
        trial.require(
            _agree(a, b),
            1,
            f"after a round trip through state_dict the {what} is not the same: {_apart(a, b)}; some state is in no "
            f"buffer.",
        )
    trial.constraint.project(critic, 2)
    trial.constraint.project(restored, 2)
    for (name, a), b in zip(snapshot(critic).items(), snapshot(restored).values(), strict=True):
        trial.require(
            _agree(a.double(), b.double()),
            1,
            f"after a round trip through state_dict the projection moves {name!r} elsewhere: "
            f"{_apart(a.double(), b.double())}; some state is in no buffer.",
        )


def _agree(a: Tensor, b: Tensor) -> bool:
    # Equal bits first: NaN and infinity on both sides are no memory, and break another law.
    return same_bits(a, b) or largest(a - b) <= 1e-6 * max(largest(a), 1e-6)


def _apart(a: Tensor, b: Tensor) -> str:
    return f"{largest(a - b):.3g} apart, where the largest entry is {largest(a):.3g}"


def attributes_of(constraint: object) -> dict[str, Any]:
    """Return what an instance and its classes hold, with copies of what could be changed in place."""
    held: dict[str, Any] = {**vars(constraint)}
    for cls in inspect.getmro(type(constraint)):
        held |= {
            f"{cls.__name__}.{name}": value for name, value in vars(cls).items() if not name.startswith("__")
        }
    return {name: _copied(value) for name, value in held.items()}


def _copied(value: object) -> object:
    return copy.deepcopy(value) if isinstance(value, MUTABLE) else value


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return isinstance(a, Tensor) and isinstance(b, Tensor) and torch.equal(a, b)
    return a is b or bool(a == b)
