"""Real data: toy distributions, pairs with a known distance, image files, text, and whatever tensors a user has.

Every sample is float32; images have shape (channels, height, width) and values in [-1, 1].
"""

from collections.abc import Callable

from lipschitz_trainers import hookimpl
from lipschitz_trainers.data.array_source import ArraySource as ArraySource
from lipschitz_trainers.data.base import Dataset as Dataset
from lipschitz_trainers.data.base import Modes as Modes
from lipschitz_trainers.data.base import Samples as Samples
from lipschitz_trainers.data.base import Source as Source
from lipschitz_trainers.data.base import Stream as Stream
from lipschitz_trainers.data.billion_word import BillionWord as BillionWord
from lipschitz_trainers.data.cifar10 import Cifar10 as Cifar10
from lipschitz_trainers.data.digits import Digits as Digits
from lipschitz_trainers.data.eight_gaussians import EightGaussians as EightGaussians
from lipschitz_trainers.data.file_dataset import FileDataset as FileDataset
from lipschitz_trainers.data.gaussian import Gaussian as Gaussian
from lipschitz_trainers.data.gaussian_pairs import ScaledGaussians as ScaledGaussians
from lipschitz_trainers.data.gaussian_pairs import ShiftedGaussians as ShiftedGaussians
from lipschitz_trainers.data.guards import require_finite as require_finite
from lipschitz_trainers.data.idx import Idx as Idx
from lipschitz_trainers.data.image_folder import ImageFolder as ImageFolder
from lipschitz_trainers.data.imagenet32 import ImageNet32 as ImageNet32
from lipschitz_trainers.data.known_pairs import KnownPair as KnownPair
from lipschitz_trainers.data.lsun import Lsun as Lsun
from lipschitz_trainers.data.min_funnels import MinFunnels as MinFunnels
from lipschitz_trainers.data.mnist import FashionMnist as FashionMnist
from lipschitz_trainers.data.mnist import Mnist as Mnist
from lipschitz_trainers.data.parallel_line import ParallelLine as ParallelLine
from lipschitz_trainers.data.pydoc_topics import PydocTopics as PydocTopics
from lipschitz_trainers.data.samplers import SamplerSource as SamplerSource
from lipschitz_trainers.data.stored_source import StoredSource as StoredSource
from lipschitz_trainers.data.swiss_roll import SwissRoll as SwissRoll
from lipschitz_trainers.data.tensors import from_tensor as from_tensor
from lipschitz_trainers.data.text import Text as Text
from lipschitz_trainers.data.text_source import TextSource as TextSource
from lipschitz_trainers.data.twenty_five_gaussians import TwentyFiveGaussians as TwentyFiveGaussians
from lipschitz_trainers.data.wavy_surface import WavySurface as WavySurface


@hookimpl
def register_datasets(register: Callable[[type[Dataset]], None]) -> None:
    """Register the built-in datasets."""
    for dataset in (
        EightGaussians,
        TwentyFiveGaussians,
        SwissRoll,
        Gaussian,
        ParallelLine,
        Digits,
        Idx,
        Mnist,
        FashionMnist,
        Cifar10,
        Lsun,
        ImageNet32,
        ImageFolder,
        Text,
        BillionWord,
        PydocTopics,
        MinFunnels,
        ShiftedGaussians,
        ScaledGaussians,
        WavySurface,
    ):
        register(dataset)
