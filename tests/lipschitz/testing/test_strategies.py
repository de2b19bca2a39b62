"""Strategies: what they draw is what they say; without hypothesis they name the extra to install."""

import math
import subprocess
import sys

import pytest
import torch
from hypothesis import find, given, settings
from hypothesis import strategies as st

import lipschitz.testing
from lipschitz import Batch
from lipschitz.critic import scores_of
from lipschitz.testing import strategies
from lipschitz.testing.functions import OneLipschitz


@given(st.data(), strategies.shapes())
def test_critics_score_samples_of_the_shape_in_the_dtype(data, shape):
    for dtype in (torch.float32, torch.float64):
        critic = data.draw(strategies.critics(shape=shape, dtype=dtype))
        scores = scores_of(critic(torch.randn(3, *shape, dtype=dtype)), 3)
        assert scores.dtype is dtype
        assert critic.training


@given(st.data(), strategies.shapes())
def test_batches_have_the_shape_and_draw_from_their_own_generator(data, shape):
    state = torch.get_rng_state()
    batch = data.draw(strategies.batches(shape=shape, condition=((2,), ()), min_size=2, max_size=4))
    assert isinstance(batch, Batch)
    assert 2 <= batch.size <= 4
    assert batch.real.shape == batch.fake.shape == (batch.size, *shape)
    assert [c.shape for c in batch.condition] == [(batch.size, 2), (batch.size,)]
    batch.uniform()
    assert torch.equal(torch.get_rng_state(), state)


@given(strategies.weights((2, 3), bound=4))
def test_weights_are_bounded_and_ordinary(w):
    assert w.shape == (2, 3)
    assert w.abs().max() <= 4
    assert w.isfinite().all()
    assert ((w == 0) | (w.abs() >= 1e-38)).all()


@given(strategies.tensors((3,), scale=0.0))
def test_tensors_are_scaled(t):
    assert torch.equal(t, torch.zeros(3, dtype=torch.float64))


@given(strategies.norms())
def test_norms_are_those_the_library_knows(norm):
    assert norm in (1, 2, math.inf)


@given(strategies.one_lipschitz_functions(dimension=3))
def test_functions_have_the_dimension_asked_for(function):
    assert isinstance(function, OneLipschitz)
    assert function.dimension == 3


QUIET = settings(max_examples=500, database=None)


def test_examples_shrink_to_small_ones():
    batch = find(strategies.batches(), lambda b: True, settings=QUIET)
    assert (batch.size, batch.step) == (1, 0)
    critic = find(strategies.critics(), lambda c: True, settings=QUIET)
    assert [type(layer).__name__ for layer in critic] == ["Flatten", "Linear", "ReLU", "Linear"]
    assert critic[1].out_features == 1


@pytest.mark.parametrize("kind", ["funnel", "orthogonal", "linear", "absolute", "norm", "largest"])
def test_every_kind_of_function_is_drawn(kind):
    find(strategies.one_lipschitz_functions(), lambda f: kind in f.description, settings=QUIET)


@pytest.mark.parametrize("kind", ["Conv2d", "LayerNorm", "Tanh", "LeakyReLU", "Residual"])
def test_every_kind_of_critic_is_drawn(kind):
    find(
        strategies.critics(shape=(1, 3, 3)),
        lambda c: any(type(layer).__name__ == kind for layer in c.modules()),
        settings=QUIET,
    )


def test_activations_are_sorted_into_smooth_and_piecewise_linear():
    assert set(strategies.SMOOTH) | set(strategies.PIECEWISE_LINEAR) == set(strategies.ACTIVATIONS)
    assert not set(strategies.SMOOTH) & set(strategies.PIECEWISE_LINEAR)


def test_the_submodule_is_an_attribute():
    assert lipschitz.testing.strategies is strategies
    with pytest.raises(AttributeError, match="module 'lipschitz.testing' has no attribute 'strategy'"):
        lipschitz.testing.strategy


def test_without_hypothesis_the_rest_works_and_the_message_names_the_extra():
    script = """
import sys
sys.modules["hypothesis"] = None
import lipschitz.testing
lipschitz.testing.check_constraint
for access in (
    "lipschitz.testing.strategies",
    "from lipschitz.testing import strategies",
    "import lipschitz.testing.strategies",
):
    try:
        exec(access)
    except lipschitz.MissingExtraError as error:
        assert isinstance(error, ImportError)
        print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    message = 'lipschitz.testing.strategies needs hypothesis: pip install "torch-lipschitz[testing]"'
    assert ran.stdout.splitlines() == [message] * 3
