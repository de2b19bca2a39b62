"""Global generators: all three are watched, seeded together, and left as they were."""

import random

import numpy as np
import pytest
import torch

from lipschitz.testing.generators import global_seeds, global_states

DRAWS = {
    "torch": lambda: torch.rand(1).item(),
    "Python": random.random,
    "numpy": lambda: np.random.rand(),  # noqa: NPY002
}


@pytest.mark.parametrize("library", DRAWS)
def test_a_draw_shows_in_the_state_of_its_library_only(library):
    before = global_states()
    assert global_states() == before
    DRAWS[library]()
    after = global_states()
    assert [name for name in before if before[name] != after[name]] == [library]


@pytest.mark.parametrize("library", DRAWS)
def test_seeds_decide_inside_and_leave_no_trace(library):
    before = global_states()
    drawn = []
    for seed in (1, 1, 2):
        with global_seeds(seed):
            drawn.append(DRAWS[library]())
    assert drawn[0] == drawn[1] != drawn[2]
    assert global_states() == before


def test_states_are_restored_after_an_error():
    before = global_states()
    with pytest.raises(KeyError), global_seeds(1):
        raise KeyError
    assert global_states() == before
