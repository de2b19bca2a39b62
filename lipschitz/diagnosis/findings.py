"""The result of a diagnosis: findings with stable codes, readable and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

Severity: TypeAlias = Literal["error", "warning", "info"]
"""An error rules a correct per-sample penalty out, a warning spoils it or training, information is worth knowing."""

EngineName: TypeAlias = Literal["vmap", "batched", "loop"]
"""How per-sample gradients are computed; see `lipschitz.gradients`."""

CODES: dict[str, str] = {
    "attention_kernel": "attention runs on its differentiable, slower kernel inside penalties",
    "autocast_differs": "gradient norms under bfloat16 autocast differ by more than a tenth",
    "batch_coupled": "a layer lets samples of a batch influence each other",
    "cannot_check": "one of the checks itself failed on this critic",
    "cannot_copy": "the critic cannot be copied, so it was looked at less closely",
    "cannot_evaluate": "the forward pass fails on the example",
    "compile_differs": "the compiled penalty gives other numbers",
    "coupling_unchecked": "whether samples are coupled could not be found out",
    "data_dependent_branch": "the forward pass decides by values of tensors",
    "evaluation_mode": "the critic was looked at in evaluation mode, and training changes it",
    "ignored_input": "the scores do not depend on a part of the input",
    "lazy_layers": "layers have no weights yet",
    "no_autocast": "gradient norms cannot be computed under autocast",
    "no_compile": "torch.compile cannot compile the penalty as a whole",
    "no_double_backward": "the gradient norm cannot be differentiated",
    "no_gradient": "the scores have no gradient with respect to the input",
    "no_parameters": "nothing can be trained",
    "no_penalty_gradient": "the gradient norm does not depend on any trainable parameter",
    "no_vmap_rule": "a layer cannot be evaluated by vmap",
    "not_finite": "scores or gradients are not finite",
    "not_scores": "the output is not one score per sample",
    "power_iteration": "forward passes advance the power iteration of a spectral norm",
    "random_output": "the scores are random",
    "running_statistics": "forward passes change buffers",
    "saturating_output": "the scores are bounded",
    "understated_spectral_norm": "the norm of the reshaped kernel is below that of the convolution",
    "unused_parameters": "parameters get no gradient from scores and penalty",
    "wrong_double_backward": "autograd's derivative of the gradient norm is not its derivative",
    "wrong_gradient": "autograd's gradient of the scores is not their slope",
    "zero_gradient": "all gradients are zero at the weights the critic has",
}
"""Every code a finding may have, with its meaning."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to know about a critic.

    Attributes:
        code: stable name, a key of `CODES`.
        layer: path of the layer, such as ``"net.1"``; empty for the critic as a whole.
        severity: ``"error"``, ``"warning"`` or ``"info"``.
        message: what was found and what follows from it, in one sentence.
        fix: what to do about it.
    """

    code: str
    layer: str
    severity: Severity
    message: str
    fix: str

    def __str__(self) -> str:
        """Return the finding as an indented paragraph."""
        where = f"layer {self.layer!r}" if self.layer else "the critic"
        lines = [f"{self.severity}: {where} [{self.code}]"]
        for text in (self.message, f"Fix: {self.fix}"):
            lines += textwrap.wrap(text, 100, initial_indent="    ", subsequent_indent="    ")
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What `diagnose` found out.

    Attributes:
        ok: whether a correct per-sample penalty is possible with the critic as it stands: no finding is an error.
        engine: what ``engine="auto"`` of `lipschitz.gradient_norms` will use; `None` where `ok` is False.
        findings: the errors first, then warnings, then information.

    Example:
        >>> import torch, lipschitz
        >>> critic = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
        >>> print(lipschitz.diagnose(critic, torch.randn(4, 2)))
        A per-sample gradient penalty works with this critic (engine: batched).
        Nothing to report.
    """

    ok: bool
    engine: EngineName | None
    findings: tuple[Finding, ...]

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        if self.ok:
            return f"A per-sample gradient penalty works with this critic (engine: {self.engine})."
        return "A correct per-sample gradient penalty is impossible with this critic as it stands."

    def codes(self, severity: Severity | None = None) -> set[str]:
        """Return the codes of the findings, or of those of one severity."""
        return {finding.code for finding in self.findings if severity in (None, finding.severity)}

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnosis as plain values, ready for `json.dumps`.

        Example:
            >>> Diagnosis(ok=True, engine="vmap", findings=()).to_dict()
            {'ok': True, 'engine': 'vmap', 'findings': []}
        """
        return {
            "ok": self.ok,
            "engine": self.engine,
            "findings": [asdict(finding) for finding in self.findings],
        }

    def __str__(self) -> str:
        """Return the verdict and all findings, readable on a terminal."""
        return "\n".join(
            [self.headline, *(map(str, self.findings) if self.findings else ["Nothing to report."])]
        )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, each once, otherwise in the order in which they were found."""
    ranks = {severity: rank for rank, severity in enumerate(get_args(Severity))}
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: ranks[finding.severity]))
