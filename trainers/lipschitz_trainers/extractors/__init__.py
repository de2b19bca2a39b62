"""Networks that look at images, for scores by features and class probabilities."""

from collections.abc import Callable

from lipschitz_trainers import hookimpl
from lipschitz_trainers.extractors.base import Extractor as Extractor
from lipschitz_trainers.extractors.base import OpenedExtractor as OpenedExtractor
from lipschitz_trainers.extractors.base import Outputs as Outputs
from lipschitz_trainers.extractors.classifier import Classifier as Classifier
from lipschitz_trainers.extractors.efficientnet_lite0 import EfficientNetLite0 as EfficientNetLite0
from lipschitz_trainers.extractors.inception import Inception as Inception
from lipschitz_trainers.extractors.opening import opened as opened


@hookimpl
def register_extractors(register: Callable[[type[Extractor]], None]) -> None:
    """Register the built-in extractors."""
    for extractor in (Classifier, EfficientNetLite0, Inception):
        register(extractor)
