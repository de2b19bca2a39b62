"""Generator and critic of lines of text."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import lipschitz
from lipschitz import FieldError
from lipschitz_trainers import registry


def build(name, i, o, **fields):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return registry.build("network", name, **{"width": 4, "blocks": 2, **fields}).build(i, o).double()


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 9), st.integers(2, 7), st.integers(0, 2))
def test_every_place_has_a_distribution_over_the_vocabulary(length, vocabulary, blocks):
    generator = build("language_generator", (5,), (length, vocabulary), blocks=blocks)
    lines = generator(torch.randn(3, 5, dtype=torch.float64))
    assert lines.shape == (3, length, vocabulary)
    assert lines.min() >= 0
    torch.testing.assert_close(lines.sum(2), torch.ones(3, length, dtype=torch.float64))
    critic = build("language_critic", (length, vocabulary), (), blocks=blocks)
    assert critic(lines).shape == (3,)


def test_the_critic_written_out():
    critic = build("language_critic", (6, 3), ())
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    first, *rest = (m for m in critic.modules() if isinstance(m, torch.nn.Conv1d))
    assert [m.kernel_size for m in rest] == [(5,)] * 4
    h = torch.einsum("oc,blc->bol", first.weight[..., 0], x)
    for one, two in (rest[:2], rest[2:]):
        inner = F.relu(F.conv1d(F.relu(h), one.weight, one.bias, padding=2))
        h = h + 0.3 * F.conv1d(inner, two.weight, two.bias, padding=2)
    torch.testing.assert_close(critic(x), h.flatten(1) @ critic[-1].score.weight[0])


def test_real_lines_and_generated_ones_meet_under_a_penalty():
    critic = build("language_critic", (6, 3), ())
    generator = build("language_generator", (5,), (6, 3))
    real = F.one_hot(torch.randint(3, (4, 6)), 3).double()
    batch = lipschitz.Batch(real=real, fake=generator(torch.randn(4, 5, dtype=torch.float64)).detach())
    penalty = lipschitz.build("two_sided_gradient_penalty")
    assert penalty.prepare(critic, batch) is critic
    penalty.penalty(critic, batch).mean().backward()
    assert critic[1].weight.grad.abs().sum() > 0


def test_other_shapes_are_refused():
    for shape in [(3, 8, 8), (8,)]:
        with pytest.raises(
            FieldError, match=r"serves lines of text of shape \(length, vocabulary\), got shape"
        ):
            registry.build("network", "language_critic").build(shape, ())
        with pytest.raises(FieldError, match="serves lines of text"):
            registry.build("network", "language_generator").build((4,), shape)
    with pytest.raises(FieldError, match="returns scores"):
        registry.build("network", "language_critic").build((6, 3), (1,))
    with pytest.raises(FieldError, match="takes a latent vector"):
        registry.build("network", "language_generator").build((2, 2), (6, 3))
