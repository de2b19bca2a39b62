"""Can the gradient norm be differentiated with respect to the parameters, and is the result its derivative?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.diagnosis.evaluation import first_line
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.quotients import central_difference, first_wrong, mostly_wrong, moved
from lipschitz.diagnosis.subject import Subject, differentiable_kernels
from lipschitz.diagnosis.tracing import Call, calls, innermost
from lipschitz.probing import as_found
from lipschitz.seeding import reseed

_backward: Any = torch.autograd.backward  # has no complete type annotations


def no_parameters(subject: Subject) -> Iterator[Finding]:
    """Report critics in which nothing can be trained."""
    if subject.visible and not subject.trainable():
        frozen = any(parameter.is_floating_point() for parameter in subject.critic.parameters())
        yield Finding(
            code="no_parameters",
            layer="",
            severity="error",
            message=f"the critic has {'frozen parameters only' if frozen else 'no parameters'}, so a penalty has "
            f"nothing to act on.",
            fix="call critic.requires_grad_(True)" if frozen else "register its weights as nn.Parameter",
        )


def no_double_backward(subject: Subject) -> Iterator[Finding]:
    """Report gradients that cannot be differentiated, or do not depend on the parameters."""
    random = subject.alive()
    parameters = list(random.trainable().values())
    try:
        norms = trees.sample_norms(random.slopes()[1])
        found = _derivatives(random, norms.sum(), parameters) if norms.requires_grad else []
    except (RuntimeError, NotImplementedError) as error:
        path, alone = _first_failing(random)
        yield Finding(
            code="no_double_backward",
            layer=path,
            severity="error",
            message=f"{subject.name(path)} can be differentiated only once, so a gradient penalty cannot be trained: "
            f"{first_line(alone or error)}.",
            fix=_remedy(alone or error),
        )
        return
    if parameters and not any(_acts(g) for g in found):
        yield Finding(
            code="no_penalty_gradient",
            layer="",
            severity="error",
            message="the gradient norm does not depend on any trainable parameter, so a penalty changes nothing.",
            fix="train a layer between input and scores (biases alone do not change slopes), and look for custom "
            "backward functions that compute on detached tensors",
        )


def _acts(gradient: Tensor | None, *, graph: bool = False) -> bool:
    if gradient is None:
        return False
    return gradient.requires_grad if graph else bool((gradient != 0).any())


def _derivatives(subject: Subject, value: Tensor, parameters: list[nn.Parameter]) -> list[Tensor | None]:
    if not parameters:
        return []
    if not subject.copied:
        return list(torch.autograd.grad(value, parameters, allow_unused=True))
    # As in training: asked for some gradients only, autograd does not visit the nodes that stand for an error.
    for parameter in parameters:
        parameter.grad = None
    _backward(value)
    return [parameter.grad for parameter in parameters]


def _remedy(error: Exception) -> str:
    text = str(error)
    if "cdist" in text:
        return "write the distances as torch.linalg.vector_norm(a[:, None] - b, dim=-1)"
    if "once_differentiable" in text:
        return "write that backward with differentiable operations and take @once_differentiable off"
    return "replace the operation by one whose backward is differentiable, or write it with plain tensor operations"


def _first_failing(subject: Subject) -> tuple[str, Exception | None]:
    """Return the innermost first layer that fails alone, with its error; the critic itself if none does."""
    for call in innermost(calls(subject.critic, subject.call)):
        error = _error_alone(subject, call)
        if error is not None:
            return call.path, error
    return "", None


def _error_alone(subject: Subject, call: Call) -> Exception | None:
    again, watched = call.alone()
    try:
        with as_found(subject.critic), differentiable_kernels():
            outputs = [output for output in again() if output.requires_grad]
            parameters = [p for p in call.layer.parameters() if p.requires_grad]
            leaves = [*watched, *parameters]
            if not outputs:
                return None
            # What comes from the layers above depends on their parameters.
            above = [torch.randn_like(output).requires_grad_(True) for output in outputs]
            total = torch.stack([(output * w).sum() for output, w in zip(outputs, above, strict=True)]).sum()
            slopes = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
            graphs = [slope for slope in slopes if _acts(slope, graph=True)]
            if not graphs:
                return None
            norm = torch.stack([(graph * torch.randn_like(graph)).sum() for graph in graphs]).sum()
            try:
                _backward(norm) if subject.copied else torch.autograd.grad(norm, leaves, allow_unused=True)
            except (RuntimeError, NotImplementedError) as error:
                return error
    except Exception:  # cannot be called alone, or not even once differentiated
        return None
    return None


def wrong_double_backward(subject: Subject) -> Iterator[Finding]:
    """Report derivatives of the gradient norm that differ from difference quotients in float64."""
    exact = subject.for_quotients()
    if exact is None or not all(_is_wrong(exact, seed) for seed in (5, 6)):
        return
    path = first_wrong(exact, order=2)
    yield Finding(
        code="wrong_double_backward",
        layer=path,
        severity="error",
        message=f"the second derivative of {subject.name(path)} is wrong (difference quotients say so), so training "
        f"with a penalty goes elsewhere than down.",
        fix="look for custom backward functions that compute on detached tensors (.data, ctx attributes instead of "
        "ctx.saved_tensors) and for hooks that change gradients",
    )


def _is_wrong(exact: Subject, seed: int) -> bool:
    reseed(seed)
    parameters: list[Tensor] = list(exact.trainable().values())
    directions = [_direction(parameter) for parameter in parameters]

    def norms() -> Tensor:
        return trees.sample_norms(exact.slopes()[1])

    now = norms()
    if not parameters or not now.requires_grad:
        return False
    rows = [torch.autograd.grad(norm, parameters, retain_graph=True, materialize_grads=True) for norm in now]
    claimed = [
        torch.stack([(g * d).sum() for g, d in zip(row, directions, strict=True)]).sum() for row in rows
    ]
    measured = central_difference(moved(parameters, directions, norms), order=2)
    return mostly_wrong(torch.stack(claimed), measured, now.detach(), order=2)


def _direction(parameter: Tensor) -> Tensor:
    return torch.randn_like(parameter) * (parameter.detach().square().mean().sqrt() + 1e-2)


def attention_kernel(subject: Subject) -> Iterator[Finding]:
    """Report attention whose usual kernel cannot be differentiated twice, so that penalties use another."""
    found: list[str] = []
    for call in innermost(calls(subject.critic, subject.call)):
        inside = any(path.startswith(f"{call.path}." if call.path else "") for path in found)
        if not inside and _needs_another_kernel(subject, call):
            found.append(call.path)
    if found:
        others = f" (also {', '.join(map(repr, found[1:]))})" if found[1:] else ""
        yield Finding(
            code="attention_kernel",
            layer=found[0],
            severity="info",
            message=f"the fast attention kernel of {subject.name(found[0])}{others} can be differentiated only once, "
            f"so inside gradient_norms it runs on the math kernel, which stores all attention weights.",
            fix="nothing; a penalty written by hand needs torch.nn.attention.sdpa_kernel(SDPBackend.MATH)",
        )


def _needs_another_kernel(subject: Subject, call: Call) -> bool:
    again, watched = call.alone()
    try:
        with as_found(subject.critic):
            outputs = [output for output in again() if output.requires_grad]
            total = torch.stack([output.square().sum() for output in outputs]).sum()
            slopes = torch.autograd.grad(total, watched, create_graph=True, materialize_grads=True)
            torch.autograd.grad(torch.stack([slope.square().sum() for slope in slopes]).sum(), watched)
    except (RuntimeError, NotImplementedError) as error:
        return "scaled_dot_product" in str(error)
    return False
