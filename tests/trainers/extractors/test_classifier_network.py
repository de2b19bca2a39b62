"""Shapes, for images of every size."""

import pytest
import torch

from lipschitz_trainers.extractors.classifier_network import LARGEST, WIDTHS, ClassifierNetwork


@pytest.mark.parametrize(
    "shape", [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 64, 48), (3, 200, 5), (1, 1, 1), (3, 2, 2)]
)
def test_every_size_gets_features_and_logits(shape):
    network = ClassifierNetwork(shape, 7).eval()
    images = torch.rand(2, *shape)
    features = network.features(images)
    assert features.shape == (2, WIDTHS[-1])
    assert network(images).shape == (2, 7)
    torch.testing.assert_close(network.linear(features), network(images))
    assert max(network.size) <= LARGEST


def test_small_images_keep_their_size():
    assert ClassifierNetwork((1, 28, 20), 2).size == (28, 20)
    assert ClassifierNetwork((3, 64, 32), 2).size == (32, 16)
