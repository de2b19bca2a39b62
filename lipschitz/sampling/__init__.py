"""Where a gradient penalty looks: on the line between real and fake, at them, or around the data.

Every draw belongs to one sample: shape (B,), the same for all axes and leaves of the sample. One draw for the
whole batch, or one per pixel, are among the best-known mistakes.
"""

from lipschitz.sampling.coupling import coupled as coupled
from lipschitz.sampling.coupling import coupled_fakes as coupled_fakes
from lipschitz.sampling.interpolation import between as between
from lipschitz.sampling.interpolation import either as either
from lipschitz.sampling.interpolation import interpolate as interpolate
from lipschitz.sampling.places import PLACES as PLACES
from lipschitz.sampling.places import WHOLE_BATCH as WHOLE_BATCH
from lipschitz.sampling.places import WITH_RADIUS as WITH_RADIUS
from lipschitz.sampling.places import BatchPlace as BatchPlace
from lipschitz.sampling.places import Points as Points
from lipschitz.sampling.places import penalty_points as penalty_points
from lipschitz.sampling.surroundings import around_real as around_real
from lipschitz.sampling.surroundings import noise as noise
