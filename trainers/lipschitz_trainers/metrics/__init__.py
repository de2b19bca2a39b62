"""Numbers by which a trained run is judged, each beside the value real data get at the same sample size."""

from collections.abc import Callable

from lipschitz_trainers import hookimpl
from lipschitz_trainers.metrics.base import Evaluation as Evaluation
from lipschitz_trainers.metrics.base import Metric as Metric
from lipschitz_trainers.metrics.batch_dependence import BatchDependence as BatchDependence
from lipschitz_trainers.metrics.calibrated_w1 import CalibratedW1 as CalibratedW1
from lipschitz_trainers.metrics.classifier_score import ClassifierScore as ClassifierScore
from lipschitz_trainers.metrics.classifier_score import inception_score_formula as inception_score_formula
from lipschitz_trainers.metrics.coupled_slopes import CoupledSlopes as CoupledSlopes
from lipschitz_trainers.metrics.critic_w1 import CriticW1 as CriticW1
from lipschitz_trainers.metrics.density_coverage import DensityCoverage as DensityCoverage
from lipschitz_trainers.metrics.dirac_gan import DiracGAN as DiracGAN
from lipschitz_trainers.metrics.f_divergence_bound import FDivergenceBound as FDivergenceBound
from lipschitz_trainers.metrics.frechet_distance import FrechetDistance as FrechetDistance
from lipschitz_trainers.metrics.image_score import ImageScore as ImageScore
from lipschitz_trainers.metrics.inception_score import InceptionScore as InceptionScore
from lipschitz_trainers.metrics.jensen_shannon import JensenShannon as JensenShannon
from lipschitz_trainers.metrics.kernel_distance import KernelDistance as KernelDistance
from lipschitz_trainers.metrics.label_accuracy import LabelAccuracy as LabelAccuracy
from lipschitz_trainers.metrics.layer_gradients import LayerGradients as LayerGradients
from lipschitz_trainers.metrics.lipschitz_interval import LipschitzInterval as LipschitzInterval
from lipschitz_trainers.metrics.mode_coverage import ModeCoverage as ModeCoverage
from lipschitz_trainers.metrics.mode_scores import ModeScores as ModeScores
from lipschitz_trainers.metrics.negative_critic_loss import NegativeCriticLoss as NegativeCriticLoss
from lipschitz_trainers.metrics.ngram_jensen_shannon import NgramJensenShannon as NgramJensenShannon
from lipschitz_trainers.metrics.optimal_gradient import L2 as L2
from lipschitz_trainers.metrics.optimal_gradient import Cosine as Cosine
from lipschitz_trainers.metrics.precision_recall import PrecisionRecall as PrecisionRecall
from lipschitz_trainers.metrics.sliced_w1 import SlicedW1 as SlicedW1
from lipschitz_trainers.metrics.slopes import Slopes as Slopes
from lipschitz_trainers.metrics.translation_gradient import TranslationGradient as TranslationGradient
from lipschitz_trainers.metrics.transport import exact_w1 as exact_w1
from lipschitz_trainers.metrics.true_w1 import TrueW1 as TrueW1
from lipschitz_trainers.metrics.update_cosine import UpdateCosine as UpdateCosine
from lipschitz_trainers.metrics.w1 import W1 as W1


@hookimpl
def register_metrics(register: Callable[[type[Metric]], None]) -> None:
    """Register the built-in metrics."""
    for metric in (
        W1,
        SlicedW1,
        CriticW1,
        CalibratedW1,
        Slopes,
        LayerGradients,
        LipschitzInterval,
        ModeCoverage,
        ModeScores,
        ClassifierScore,
        JensenShannon,
        CoupledSlopes,
        BatchDependence,
        DiracGAN,
        FDivergenceBound,
        UpdateCosine,
        TranslationGradient,
        Cosine,
        L2,
        TrueW1,
        InceptionScore,
        FrechetDistance,
        KernelDistance,
        PrecisionRecall,
        DensityCoverage,
        LabelAccuracy,
        NgramJensenShannon,
        NegativeCriticLoss,
    ):
        register(metric)
