"""Any number of images goes through in parts, and nothing but images."""

import pytest
import torch

from lipschitz import DataError
from lipschitz_trainers.extractors import OpenedExtractor, Outputs
from lipschitz_trainers.extractors.base import PART


class Means(OpenedExtractor):
    def __init__(self):
        self.sizes = []

    def look(self, images):
        assert not torch.is_grad_enabled()
        assert images.dtype == torch.float32
        self.sizes.append(len(images))
        features = images.flatten(1).mean(dim=1, keepdim=True)
        return Outputs(features.double(), torch.cat([features.sigmoid(), 1 - features.sigmoid()], dim=1))


@pytest.mark.parametrize("n", [1, PART, PART + 1])
def test_parts_are_put_together_in_order(n, generator):
    images = torch.rand(n, 3, 4, 5, generator=generator(), dtype=torch.float64)
    means = Means()
    outputs = means.outputs(images)
    assert sum(means.sizes) == n
    assert max(means.sizes) <= PART
    assert outputs.features.dtype == torch.float32
    torch.testing.assert_close(outputs.features[:, 0], images.mean(dim=(1, 2, 3)).float())
    assert torch.equal(means.features(images), outputs.features)
    assert torch.equal(means.probabilities(images), outputs.probabilities)


@pytest.mark.parametrize("shape", [(4, 2, 8, 8), (4, 8, 8), (0, 3, 8, 8), (4, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(DataError, match="images must have shape"):
        Means().outputs(torch.zeros(shape))
