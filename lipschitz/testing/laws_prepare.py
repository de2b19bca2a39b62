"""Law 2: `prepare` keeps shapes and trainability; the same reparametrization twice is a clear error."""

from __future__ import annotations

import torch
from torch.nn.utils import parametrize

from lipschitz.critic import named_layers
from lipschitz.errors import LipschitzError
from lipschitz.testing.trial import Trial, largest, layer_named, parameters_by_layer, same_bits, snapshot


def shapes_and_trainability_stay(trial: Trial) -> None:
    """Every parameter keeps its shape, dtype and `requires_grad`, every layer its mode, scores their shape."""
    critic = trial.fresh()
    next(iter(critic.parameters())).requires_grad_(False)  # a frozen parameter must stay frozen
    before = [
        (path, layer, name, value.shape, value.dtype, value.requires_grad)
        for path, layer, name, value in parameters_by_layer(critic)
    ]
    modes = [(path, layer, layer.training) for path, layer in named_layers(critic)]
    prepared = trial.prepare(critic)
    inside = set(prepared.modules())
    for path, layer, name, *found in before:
        where = f"{path}.{name}".lstrip(".")
        trial.require(
            layer in inside, 2, f"the layer of parameter {where!r} is not part of the prepared critic."
        )
        value = getattr(layer, name)
        now = [value.shape, value.dtype, value.requires_grad]
        trial.require(
            now == found,
            2,
            f"(shape, dtype, requires_grad) of parameter {where!r} was {found} and became {now}.",
        )
    for path, layer, mode in modes:
        trial.require(
            layer.training is mode, 2, f"the mode of {layer_named(path)} changed to training={not mode}."
        )
    trial.scores(prepared, trial.batch())


def weights_still_learn(trial: Trial) -> None:
    """What got a gradient from the scores before `prepare` still gets one after it."""
    critic = trial.fresh()
    torch.autograd.backward(trial.scores(critic, trial.batch()).sum())
    learned = [
        (path, layer, name)
        for path, layer, name, value in parameters_by_layer(critic)
        if value.grad is not None and largest(value.grad) > 0
    ]
    critic.zero_grad(set_to_none=True)
    prepared = trial.prepare(critic)
    torch.autograd.backward(trial.scores(prepared, trial.batch()).sum())
    for path, layer, name in learned:
        if name in dict(layer.named_parameters(recurse=False)):
            sources = [getattr(layer, name)]
        else:
            sources = list(layer.get_submodule(f"parametrizations.{name}").parameters())
        trial.require(
            any(source.grad is not None for source in sources),
            2,
            f"parameter {f'{path}.{name}'.lstrip('.')!r} gets no gradient from the scores any more.",
        )


def twice_is_an_error_or_nothing(trial: Trial) -> None:
    """Reparametrizing twice is refused; a `prepare` that only checks may be repeated."""
    fresh = trial.fresh()
    plain = snapshot(fresh)
    once = trial.prepare(fresh)
    state = snapshot(once)
    only_checks = once is fresh and list(state) == list(plain) and "output" not in trial.constraint.changes
    try:
        twice = trial.prepare(once)
    except LipschitzError as error:
        trial.require(
            not only_checks,
            2,
            f"prepare changed nothing, so it must accept the same critic again; it raised: {error}",
        )
        return
    except Exception as error:
        raise trial.broken(
            2,
            f"prepare for a second time raised {type(error).__name__} ({error}); make it a clear LipschitzError.",
        ) from error
    trial.require(
        "parametrization" not in trial.constraint.changes,
        2,
        "prepare for a second time raised no error; refuse weights that are reparametrized already, for example "
        "with lipschitz.checks.is_reparametrized.",
    )
    trial.require(
        list(snapshot(twice)) == list(state),
        2,
        "prepare for a second time changed the critic's parameters and buffers instead of raising an error.",
    )


def changes_are_declared(trial: Trial) -> None:
    """What `prepare` changes is in the constraint's `changes`."""
    critic = trial.fresh()
    batch = trial.batch()
    before = [
        (path, layer, name, value.detach().clone())
        for path, layer, name, value in parameters_by_layer(critic)
    ]
    with torch.no_grad():
        scores = trial.scores(critic, batch).clone()
    prepared = trial.prepare(critic)
    declared = trial.constraint.changes
    for path, layer in named_layers(prepared):
        trial.require(
            "parametrization" in declared or not parametrize.is_parametrized(layer),
            2,
            f"prepare reparametrizes {layer_named(path)}; put 'parametrization' into `changes`.",
        )
    for path, layer, name, value in before:
        own = dict(layer.named_parameters(recurse=False)).get(name)
        trial.require(
            own is None or "weights" in declared or same_bits(own.detach(), value),
            2,
            f"prepare changes the parameter {f'{path}.{name}'.lstrip('.')!r}; put 'weights' into `changes`.",
        )
    if not declared:
        with torch.no_grad():
            moved = largest(trial.scores(prepared, batch) - scores)
        trial.require(
            moved <= 1e-6 * max(largest(scores), 1e-6),
            2,
            f"prepare moves the critic's scores by {moved:.3g}; put 'output' into `changes`.",
        )
