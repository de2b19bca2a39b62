"""What a discriminator knows of divergences between real and generated samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import logsigmoid

from lipschitz import CoupledSamplesError
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.translation_gradient import by_axis


@dataclass(frozen=True, kw_only=True)
class JensenShannon(Metric):
    """Lower bounds of three divergences by a critic whose scores are logits, as the standard GAN objective trains it.

    The best discriminator's value E log D(real) + E log(1 - D(fake)) is 2 JS - log 4 (Goodfellow et al. 2014, arXiv
    1406.2661, theorem 1), any other one's is smaller; total variation is at least the difference of the shares of real
    and of generated samples that are taken for real; Kullback-Leibler at least E d(real) - log E exp(d(fake)) for
    logits d (Donsker and Varadhan 1983). Expectations are means over the samples at hand, so each bound is one up to
    sampling errors.

    Keys: ``jensen_shannon`` and ``kullback_leibler`` in nats, ``total_variation``; and ``jensen_shannon_gradient_1``,
    ..., the derivative of the first by moving all generated samples along an axis: what a generator learns from.

    Meaningless for scores that are no logits, so it is measured where it is asked for.
    """

    name = "jensen_shannon"
    by_default = False
    kinds = ("points",)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the bounds and the gradient."""
        real, fake = (probing.scores(evaluation.critic, x) for x in (evaluation.real, evaluation.fake))
        log_mean = fake.logsumexp(dim=0) - math.log(len(fake))
        values = {
            "jensen_shannon": math.log(2) + float(logsigmoid(real).mean() + logsigmoid(-fake).mean()) / 2,
            "kullback_leibler": float(real.mean() - log_mean),
            "total_variation": float((real > 0).double().mean() - (fake > 0).double().mean()),
        }
        if not evaluation.fake_is_finite:
            values["total_variation"] = math.nan  # a score that is NaN is not above 0
        return values | by_axis("jensen_shannon_gradient", _gradient(evaluation, fake))


def _gradient(evaluation: Evaluation, scores: Tensor) -> Tensor:
    """Return the mean gradient of log(1 - sigmoid(d)) / 2 at the generated samples, shape of one sample."""
    try:
        gradients = probing.gradients(evaluation.critic, evaluation.fake)
    except CoupledSamplesError:
        return evaluation.fake[0].double() * math.nan
    share = scores.sigmoid().reshape(-1, *[1] * (gradients.ndim - 1))
    return -(share * gradients).mean(dim=0) / 2
