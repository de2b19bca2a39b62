"""The pair with labels: conditional generator, classifying critic."""

import pytest
import torch
import torch.nn.functional as F

import lipschitz
from lipschitz import CriticOutput, FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.networks.layers.normalization import ConditionalBatchNorm2d


def generator(**fields):
    torch.manual_seed(0)
    return registry.build("network", "cifar_resnet_generator", width=4, **fields).build((6,), (3, 16, 16))


def critic(**fields):
    torch.manual_seed(0)
    return registry.build("network", "cifar_resnet_critic", width=4, **fields).build((3, 16, 16), ())


def test_each_image_follows_its_label():
    module, z = generator(classes=5), torch.randn(4, 6)
    norms = [m for m in module.modules() if isinstance(m, ConditionalBatchNorm2d)]
    assert len(norms) == 2 * 2
    with torch.no_grad():
        for norm in norms:
            norm.gain.weight.normal_()
    labels = torch.tensor([0, 1, 2, 3])
    images = module(z, labels)
    assert images.shape == (4, 3, 16, 16)
    assert not torch.allclose(images, module(z, torch.tensor([4, 1, 2, 3])))
    plain = [m for m in module.layers if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(plain) == 1  # the last one knows no class


def test_without_classes_it_takes_no_labels_and_with_classes_it_needs_them():
    z, labels = torch.randn(2, 6), torch.tensor([0, 1])
    assert generator()(z).shape == (2, 3, 16, 16)
    with pytest.raises(FieldError, match=r"classes=None takes 0 entries of condition, got 1; set classes"):
        generator()(z, labels)
    with pytest.raises(FieldError, match=r"classes=3 takes 1 entries of condition, got 0"):
        generator(classes=3)(z)
    with pytest.raises(FieldError, match="labels from 0 to 2, got one outside"):
        generator(classes=3)(z, labels + 2)


def test_a_critic_with_classes_returns_logits_and_looks_at_no_label():
    module, x = critic(classes=10), torch.randn(3, 3, 16, 16)
    output = module(x)
    assert isinstance(output, CriticOutput)
    assert output.scores.shape == (3,)
    assert output.logits.shape == (3, 10)
    for labels in (torch.tensor([0, 1, 2]), torch.tensor([5, 5, 5])):
        again = module(x, labels)
        assert torch.equal(again.scores, output.scores)
        assert torch.equal(again.logits, output.logits)
    assert isinstance(critic()(x), torch.Tensor)
    assert critic()(x, torch.tensor([0, 1, 2])).shape == (3,)


def test_a_penalty_sees_the_scores_alone():
    module = critic(classes=10).double()
    x, labels = torch.randn(4, 3, 16, 16, dtype=torch.float64), torch.tensor([1, 2, 3, 4])
    batch = lipschitz.Batch(real=x, fake=torch.randn_like(x), condition=(labels,))
    penalty = lipschitz.build("two_sided_gradient_penalty")
    assert penalty.prepare(module, batch) is module
    penalty.penalty(module, batch).mean().backward()
    head = module.layers[-1]
    assert head.score.weight.grad.abs().sum() > 0
    assert head.logits.weight.grad is None or head.logits.weight.grad.eq(0).all()


def test_the_critic_written_out():
    module = critic(blocks=1).double()
    x = torch.randn(2, 3, 16, 16, dtype=torch.float64)
    first, second, third, *_ = module.layers
    one, two = (m for m in first.branch if isinstance(m, torch.nn.Conv2d))
    point = first.shortcut[1]
    h = F.conv2d(F.relu(F.conv2d(x, one.weight, one.bias, padding=1)), two.weight, two.bias, padding=1)
    h = F.avg_pool2d(h, 2) + F.avg_pool2d(F.conv2d(x, point.weight, point.bias), 2)
    h = third(second(h))
    assert h.shape == (2, 4, 4, 4)
    torch.testing.assert_close(module(x), F.relu(h).mean((2, 3)) @ module.layers[-1].score.weight[0])


@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_blocks_make_the_critic_deeper(blocks):
    convs = [m for m in critic(blocks=blocks).modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convs) == 2 * 3 + 2 * blocks
