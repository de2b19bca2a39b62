"""Pairs of distributions whose Wasserstein-1 distance, plan and optimal critic are known.

Pure mathematics: a `Truth` is a value, its points are float64. The datasets of the same names
(`lipschitz_trainers.data`) serve either side of a pair to the trainer.
"""

from lipschitz_trainers.truth.base import ClosedForm as ClosedForm
from lipschitz_trainers.truth.base import Distance as Distance
from lipschitz_trainers.truth.base import Pairs as Pairs
from lipschitz_trainers.truth.base import Side as Side
from lipschitz_trainers.truth.base import SideName as SideName
from lipschitz_trainers.truth.base import Truth as Truth
from lipschitz_trainers.truth.funnels import Funnels as Funnels
from lipschitz_trainers.truth.funnels import draw_funnels as draw_funnels
from lipschitz_trainers.truth.gaussians import ScaledGaussiansTruth as ScaledGaussiansTruth
from lipschitz_trainers.truth.gaussians import ShiftedGaussiansTruth as ShiftedGaussiansTruth
from lipschitz_trainers.truth.min_funnels import MinFunnelsTruth as MinFunnelsTruth
from lipschitz_trainers.truth.wavy_surface import WavySurfaceTruth as WavySurfaceTruth
