"""The network of papers: errors, and how its network is fed and read (by a stand-in; the weights are not ours)."""

import sys
import types

import pytest
import torch
from torch import nn

from lipschitz import DataError
from lipschitz.errors import MissingExtraError
from lipschitz_trainers.extractors import Inception
from lipschitz_trainers.extractors.inception import WEIGHTS

MODULE = "torch_fidelity.feature_extractor_inceptionv3"


class StandIn(nn.Module):
    """Takes and returns what torch-fidelity's network does."""

    def __init__(self, name, features_list, feature_extractor_weights_path=None):
        super().__init__()
        assert name == "inception-v3-compat"
        assert features_list == ["2048", "logits_unbiased"]
        assert feature_extractor_weights_path is not None, "would be downloaded"
        self.fc = nn.Linear(3, 5)
        self.seen = None
        self.load_state_dict(torch.load(feature_extractor_weights_path, weights_only=True))

    def forward(self, x):
        assert x.dtype == torch.uint8
        self.seen = x
        features = x.float().mean(dim=(2, 3))
        return features, features @ self.fc.weight.T


@pytest.fixture
def stand_in(monkeypatch):
    module = types.ModuleType(MODULE)
    module.FeatureExtractorInceptionV3 = StandIn
    monkeypatch.setitem(sys.modules, "torch_fidelity", types.ModuleType("torch_fidelity"))
    monkeypatch.setitem(sys.modules, MODULE, module)


def test_without_the_package_the_extra_is_named(halves, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    monkeypatch.setitem(sys.modules, MODULE, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'torch-lipschitz\[fidelity\]'"):
        Inception().open(halves())


def test_without_weights_it_says_where_to_get_them_and_downloads_nothing(halves, stand_in, folder):
    with pytest.raises(DataError, match=r"torch-fidelity, v0\.2\.0") as caught:
        Inception().open(halves())
    assert str(folder / "extractors" / WEIGHTS) in str(caught.value)
    with pytest.raises(DataError, match=r"/no/such/file: expected the weights"):
        Inception(weights="/no/such/file").open(halves())


def test_damaged_and_other_weights_are_refused(halves, stand_in, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"damaged")
    with pytest.raises(DataError, match="cannot be read"):
        Inception(weights=str(path)).open(halves())
    torch.save(nn.Linear(2, 2).state_dict(), path)
    with pytest.raises(DataError, match="got those of another"):
        Inception(weights=str(path)).open(halves())


@pytest.mark.parametrize("named", [True, False])
def test_it_gets_coloured_bytes_and_its_logits_become_probabilities(halves, stand_in, folder, named):
    path = folder / "extractors" / WEIGHTS
    path.parent.mkdir()
    weight = torch.arange(15.0).reshape(5, 3) / 1000
    torch.save({"fc.weight": weight, "fc.bias": torch.full((5,), 9.0)}, path)
    state = torch.get_rng_state()
    opened = Inception(weights=str(path) if named else None).open(halves())
    assert torch.equal(torch.get_rng_state(), state)
    images = torch.tensor([-1.0, 0.0, 1.0]).reshape(3, 1, 1, 1).expand(3, 1, 4, 4)
    outputs = opened.outputs(images)
    assert outputs.features.tolist() == [[0] * 3, [128] * 3, [255] * 3]
    expected = (outputs.features @ weight.T).softmax(dim=1)
    torch.testing.assert_close(outputs.probabilities, expected)
