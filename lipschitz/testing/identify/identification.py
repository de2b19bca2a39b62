"""`identify_penalty`: which gradient penalty is this function, and which known mistakes does it make?"""

from __future__ import annotations

from typing import get_args

import torch
from torch import Tensor, nn

from lipschitz.errors import FieldError
from lipschitz.sampling import Points
from lipschitz.testing.identify.calls import Penalty, PenaltyFunction, accepted
from lipschitz.testing.identify.examination import Examination, examine
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.samples import apart
from lipschitz.testing.identify.verdict import ADVICE, Kind, Verdict


def identify_penalty(
    fn: PenaltyFunction,
    points: Points = "between",
    *,
    kind: Kind | None = None,
    shape: tuple[int, ...] | None = None,
    batch_size: int | None = None,
) -> Verdict:
    """Say whether a hand-written gradient penalty is the two-sided or one-sided one, and if not, what is wrong.

    The function is called on critics with prescribed gradients, with samples of several shapes, and its values
    and gradients are compared with what right penalties and those with known mistakes give. Not seen: mistakes
    outside the function (a batch-normalized critic, precision, parallel training).

    Args:
        fn: called ``fn(critic, real, fake)`` with a module that returns one score per sample, (B, 1) or (B,), and
            samples of shape (B, ...); returns a scalar. It may draw from the global generators.
        points: where it is meant to look: ``between`` real and fake samples, at the ``real`` or the ``fake`` ones,
            or ``around_real`` ones.
        kind: what it is meant to be; by default anything goes, except that between real and fake samples a
            zero-centered penalty counts as one that forgot its target.
        shape: of one sample, where the function works for one only.
        batch_size: where the function works for one only.

    Returns:
        What was found.

    Raises:
        PenaltyError: `fn` is not callable, or gives a scalar for no form of samples.
        FieldError: `points` or `kind` is unknown.

    Example:
        >>> import torch
        >>> def penalty(critic, real, fake):
        ...     epsilon = torch.rand(len(real), *[1] * (real.ndim - 1))
        ...     x = (epsilon * real + (1 - epsilon) * fake).detach().requires_grad_()
        ...     (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        ...     return 10 * ((gradient.norm(dim=1) - 1) ** 2).mean()
        >>> verdict = identify_penalty(penalty)
        >>> verdict.kind, verdict.faults
        ('two_sided', ('wrong_axis',))
        >>> identify_penalty(penalty, shape=(5,)).correct
        True
    """
    if points not in get_args(Points):
        raise FieldError(f"points must be one of {', '.join(get_args(Points))}, got {points!r}.")
    if kind is not None and kind not in get_args(Kind):
        raise FieldError(f"kind must be one of {', '.join(get_args(Kind))}, got {kind!r}.")
    penalties, refused = accepted(fn, shape, batch_size)
    results = [(penalty.form, examine(penalty, points, kind)) for penalty in penalties]
    kinds = {result.kind for _, result in results}
    agreed: Kind = results[0][1].kind
    found: Kind = agreed if len(kinds) == 1 else "unknown"
    faults = tuple(code for code in ADVICE if any(code in result.faults for _, result in results))
    notes = list(dict.fromkeys(note for _, result in results for note in result.notes))
    if refused and shape is None:
        notes.append("Samples it does not accept: " + "; ".join(refused))
    if _tolerates_coupling(penalties[0]):
        notes.append(
            "It accepts a critic with batch normalization without complaint, as nearly all do, although it means "
            "nothing there; lipschitz.diagnose(critic, example) looks at the critic."
        )
    first = results[0][1]
    return Verdict(
        kind=found,
        correct=not faults,
        faults=faults,
        explanation=_explained(found, faults, results),
        notes=tuple(notes),
        coefficient=first.coefficient,
        target=first.target,
    )


def _explained(kind: Kind, faults: tuple[str, ...], results: list[tuple[Form, Examination]]) -> str:
    forms = " and ".join(str(form) for form, _ in results)
    if not faults:
        names = {"two_sided": "two-sided", "one_sided": "one-sided", "zero_centered": "zero-centered"}
        first = results[0][1]
        number = "" if first.coefficient is None else f", coefficient {first.coefficient:.4g}"
        aim = "" if not first.target else f", target {first.target:.4g}"
        return (
            f"The {names.get(kind, kind)} gradient penalty{number}{aim}, checked on samples of shape {forms}."
        )
    sentences: list[str] = []
    for code in faults:
        having = [(form, result.faults[code]) for form, result in results if code in result.faults]
        where = (
            "" if len(having) == len(results) else f" (only for {' and '.join(str(f) for f, _ in having)})"
        )
        sentences.append(f"{code}{where}: {having[0][1]} {ADVICE[code]}")
    return "\n".join(sentences)


def _tolerates_coupling(penalty: Penalty) -> bool:
    """Return whether a critic with batch normalization is accepted without an error."""
    try:
        penalty(_Normalized(penalty.form), apart(penalty.form))
    except Exception:
        return False
    return True


class _Normalized(nn.Module):
    """Couples the samples of a batch as batch normalization does."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form
        self.normalize = nn.BatchNorm1d(form.features, dtype=form.dtype)

    def forward(self, x: Tensor) -> Tensor:
        batch = x.unsqueeze(0) if x.shape == self.form.shape else x
        scores = torch.tanh(self.normalize(batch.flatten(1))).sum(1)
        return scores.unsqueeze(1) if self.form.column else scores
