"""Constraints made of constraints: several together, one taken seldom, one whose fields follow the step."""

from lipschitz.composition.lazy import Every as Every
from lipschitz.composition.lazy import every as every
from lipschitz.composition.scheduling import Scheduled as Scheduled
from lipschitz.composition.scheduling import scheduled as scheduled
from lipschitz.composition.together import Composition as Composition
from lipschitz.composition.together import compose as compose
