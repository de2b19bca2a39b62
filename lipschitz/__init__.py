"""Lipschitz constraints for PyTorch critics: small plugins, exact per-sample gradients, one protocol.

A critic's life has three moments, and a constraint may act at each: `prepare` it once, add a `penalty` at every
step, `project` its parameters after every optimizer step.

Example:
    >>> import torch, lipschitz
    >>> critic = torch.nn.Linear(2, 1)
    >>> constraint = lipschitz.build("one_sided_gradient_penalty", coefficient=10)
    >>> critic = constraint.prepare(critic)
    >>> batch = lipschitz.Batch(real=torch.randn(8, 2), fake=torch.randn(8, 2))
    >>> constraint.penalty(critic, batch).shape
    torch.Size([8])
    >>> constraint.project(critic)
"""

from lipschitz.batch import Batch as Batch
from lipschitz.bounds.product import product_bound as product_bound
from lipschitz.bounds.steepest import Slope as Slope
from lipschitz.bounds.steepest import steepest_slope as steepest_slope
from lipschitz.composition import compose as compose
from lipschitz.composition import every as every
from lipschitz.composition import scheduled as scheduled
from lipschitz.constraint import Constraint as Constraint
from lipschitz.constraint import no_penalty as no_penalty
from lipschitz.critic import CriticOutput as CriticOutput
from lipschitz.diagnosis import Diagnosis as Diagnosis
from lipschitz.diagnosis import Finding as Finding
from lipschitz.diagnosis import diagnose as diagnose
from lipschitz.errors import BatchError as BatchError
from lipschitz.errors import BoundError as BoundError
from lipschitz.errors import CheckpointError as CheckpointError
from lipschitz.errors import CompositionError as CompositionError
from lipschitz.errors import ConfigError as ConfigError
from lipschitz.errors import CoupledSamplesError as CoupledSamplesError
from lipschitz.errors import CriticError as CriticError
from lipschitz.errors import DataError as DataError
from lipschitz.errors import FieldError as FieldError
from lipschitz.errors import LawError as LawError
from lipschitz.errors import LipschitzError as LipschitzError
from lipschitz.errors import MissingExtraError as MissingExtraError
from lipschitz.errors import PenaltyError as PenaltyError
from lipschitz.errors import PluginError as PluginError
from lipschitz.errors import TrainingError as TrainingError
from lipschitz.errors import UnknownNameError as UnknownNameError
from lipschitz.gradients import gradient_norms as gradient_norms
from lipschitz.gradients import input_gradients as input_gradients
from lipschitz.hookspecs import hookimpl as hookimpl
from lipschitz.penalties import one_sided as one_sided
from lipschitz.penalties import two_sided as two_sided
from lipschitz.registry import build as build
from lipschitz.registry import constraints as constraints
from lipschitz.registry import plugin_manager as plugin_manager
from lipschitz.sampling import interpolate as interpolate

__version__ = "0.1.0"
