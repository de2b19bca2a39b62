"""The one trainer: built from objects, it runs every experiment.

`Trainer` holds the loop; `steps` the two steps of Algorithm 1; the other modules one concern each.
"""

from lipschitz_trainers.training.generators import AnotherDataset as AnotherDataset
from lipschitz_trainers.training.generators import DataPlusNoise as DataPlusNoise
from lipschitz_trainers.training.generators import TrainedGenerator as TrainedGenerator
from lipschitz_trainers.training.interruption import Interrupted as Interrupted
from lipschitz_trainers.training.optimization import Optimization as Optimization
from lipschitz_trainers.training.trainer import Trainer as Trainer
