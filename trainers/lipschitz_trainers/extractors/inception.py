"""The Inception network that published scores are made with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from lipschitz.errors import DataError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.data.extras import absent_extra, import_extra
from lipschitz_trainers.data.places import data_folder
from lipschitz_trainers.extractors.base import Extractor, OpenedExtractor, Outputs
from lipschitz_trainers.extractors.pixels import in_colour, rounded_levels
from lipschitz_trainers.extractors.weights import FOLDER, read_weights

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
"""Name of torch-fidelity's file with the weights of 2015, converted from TensorFlow."""

MODULE = "torch_fidelity.feature_extractor_inceptionv3"
EXTRA = {"package": "torch-fidelity", "needed_for": "the extractor 'inception'", "extra": "fidelity"}


@dataclass(frozen=True, kw_only=True)
class Inception(Extractor):
    """The Inception-v3 network of 2015, the one of published Inception scores and Fréchet Inception distances.

    2,048 features (the last average pool) and the 1,008 class probabilities without biases, as in the first published
    code; images are rounded to bytes and brought to 299 x 299 pixels as TensorFlow 1 did. Needs the extra `fidelity`
    (which installs torchvision, and with it perhaps another build of torch) and a file of weights. Nothing is ever
    downloaded.

    Attributes:
        weights: path of the weights; by default the file of torch-fidelity's name in the folder for data, under
            ``extractors``.

    References:
        Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, 2015, arXiv
        1512.00567; the conversion is torch-fidelity's (Apache License 2.0).
    """

    name = "inception"
    title = "Inception-v3"
    weights: str | None = None

    def open(self, source: Source) -> OpenedExtractor:
        """Read the weights.

        Raises:
            DataError: the file is missing, damaged, or holds another network.
            MissingExtraError: the extra `fidelity` is not installed.
        """
        del source
        networks = import_extra(MODULE, **EXTRA)
        path = self.path()
        for message in self._absent_weights():
            raise DataError(message)
        read_weights(path)  # torch-fidelity would read anything, and fail in its own words
        try:
            with fixed_seed(0):
                network = networks.FeatureExtractorInceptionV3(
                    "inception-v3-compat", ["2048", "logits_unbiased"], str(path)
                )
        except RuntimeError as error:
            raise DataError(
                f"{path}: expected the weights of torch-fidelity's Inception network, got those of another; get "
                f"{WEIGHTS} from the releases of torch-fidelity."
            ) from error
        return _Opened(network.eval())

    def absent(self) -> list[str]:
        """Return what is not there of the package and the file of weights."""
        return [*absent_extra(MODULE, **EXTRA), *self._absent_weights()]

    def path(self) -> Path:
        """Return where the weights are looked for."""
        if self.weights is not None:
            return Path(self.weights).expanduser().absolute()
        return data_folder() / FOLDER / WEIGHTS

    def _absent_weights(self) -> list[str]:
        if self.path().is_file():
            return []
        message = (
            f"{self.path()}: expected the weights of the Inception network, got no file. Get {WEIGHTS} from the "
            f"releases of torch-fidelity (github.com/toshas/torch-fidelity, v0.2.0, 91 MB) and put it there, or name "
            f"it in the field 'weights'."
        )
        return [message]


class _Opened(OpenedExtractor):
    def __init__(self, network: Any) -> None:
        self._network = network

    def look(self, images: Tensor) -> Outputs:
        features, logits = self._network.to(images.device)(rounded_levels(in_colour(images)))
        return Outputs(features, logits.softmax(dim=1))
