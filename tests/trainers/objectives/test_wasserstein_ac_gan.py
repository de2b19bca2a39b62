"""The auxiliary classifier's part of the losses, against cross-entropies in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, CriticError, CriticOutput, TrainingError
from lipschitz_trainers import registry


def cross_entropies(logits, labels):
    logits = logits.numpy()
    return np.array([np.log(np.exp(row).sum()) - row[i] for row, i in zip(logits, labels, strict=True)])


@given(st.integers(1, 5), st.integers(2, 4), st.integers(0, 1000), st.floats(0, 3), st.floats(0, 3))
def test_only_real_samples_teach_the_critic_labels_and_only_fakes_the_generator(
    n, classes, seed, critic, generator
):
    random = torch.Generator().manual_seed(seed)
    r, f = (torch.randn(n, generator=random, dtype=torch.float64) for _ in range(2))
    on_real, on_fake = (torch.randn(n, classes, generator=random, dtype=torch.float64) for _ in range(2))
    labels = torch.randint(classes, (n,), generator=random)
    batch = Batch(real=torch.zeros(n, 1), condition=(labels,))
    objective = registry.build(
        "objective", "wasserstein_ac_gan", critic_weight=critic, generator_weight=generator
    )
    np.testing.assert_allclose(
        objective.critic_loss(
            CriticOutput(r, logits=on_real), CriticOutput(f, logits=on_fake), batch
        ).numpy(),
        f.numpy() - r.numpy() + critic * cross_entropies(on_real, labels),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        objective.generator_loss(CriticOutput(f, logits=on_fake), batch).numpy(),
        -f.numpy() + generator * cross_entropies(on_fake, labels),
        atol=1e-12,
    )


def test_the_weights_are_the_authors():
    objective = registry.build("objective", "wasserstein_ac_gan")
    assert (objective.critic_weight, objective.generator_weight) == (1.0, 0.1)


@pytest.mark.parametrize(
    ("condition", "logits", "error", "words"),
    [
        ((), torch.zeros(2, 3), TrainingError, "conditional: true"),
        ((torch.tensor([0, 1]),), None, CriticError, "cifar_resnet_critic"),
        ((torch.tensor([0, 3]),), torch.zeros(2, 3), CriticError, "3 classes"),
        ((torch.tensor([0, 1]),), torch.zeros(2), CriticError, r"\(2, classes\)"),
    ],
)
def test_what_is_missing_is_said(condition, logits, error, words):
    objective = registry.build("objective", "wasserstein_ac_gan")
    output = CriticOutput(torch.zeros(2), logits=logits)
    with pytest.raises(error, match=words):
        objective.critic_loss(output, output, Batch(real=torch.zeros(2, 1), condition=condition))
