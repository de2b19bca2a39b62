"""compose: algebra, order, metadata, contradictions."""

import itertools
from dataclasses import dataclass
from typing import Annotated

import pytest
import torch
from annotated_types import Gt
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, CompositionError, Constraint, compose, every, scheduled
from lipschitz.composition import Composition
from lipschitz.schedules import Linear
from lipschitz.testing.strategies import batches, critics

LOG = []


@dataclass(frozen=True, kw_only=True)
class Noted(Constraint):
    """Notes its calls; its penalty is the coefficient for every sample."""

    name = "noted"
    guarantee = "soft"
    label: str = "a"
    coefficient: Annotated[float, Gt(0)] = 1.0

    def prepare(self, critic, example=None):
        LOG.append(("prepare", self.label, example is not None))
        return nn.Sequential(critic)

    def penalty(self, critic, batch):
        return torch.full((batch.size,), self.coefficient, dtype=batch.dtype)

    def project(self, critic, step=0):
        LOG.append(("project", self.label, step))


@dataclass(frozen=True, kw_only=True)
class Scalar(Constraint):
    """A penalty without samples."""

    name = "scalar"
    family = "regularizer"
    per_sample = False

    def penalty(self, critic, batch):
        return torch.full((), 5.0, dtype=batch.dtype)


@pytest.fixture(autouse=True)
def _empty_log():
    LOG.clear()


def of_changes(*changes):
    """Return a constraint that claims to change these things."""
    cls = dataclass(frozen=True, kw_only=True)(
        type("Changing", (Noted,), {"changes": frozenset(changes), "name": "changing_" + "_".join(changes)})
    )
    return cls()


gradient_penalties = st.builds(
    lipschitz.build,
    st.sampled_from(["one_sided_gradient_penalty", "two_sided_gradient_penalty"]),
    coefficient=st.floats(0.1, 20),
    points=st.sampled_from(["real", "fake"]),
)


@given(st.lists(gradient_penalties, max_size=4), critics(), batches())
def test_penalty_is_the_sum_of_the_parts(parts, critic, batch):
    total = compose(*parts).penalty(critic, batch)
    want = sum((part.penalty(critic, batch) for part in parts), torch.zeros(()))
    torch.testing.assert_close(total, want.to(total.dtype))


@given(gradient_penalties, gradient_penalties, gradient_penalties)
def test_identity_singleton_and_associativity(a, b, c):
    assert compose(a) is a
    assert compose(compose(), a) == a == compose(a, compose())
    assert compose(compose(a, b), c) == compose(a, compose(b, c)) == compose(a, b, c)
    assert hash(compose(a, b)) == hash(compose(a, b))
    assert compose(a, b).parts == (a, b)


def test_the_empty_composition_does_nothing():
    critic, nothing = nn.Linear(2, 1), compose()
    assert nothing.prepare(critic) is critic
    assert nothing.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0
    nothing.project(critic)
    assert (nothing.family, nothing.guarantee, nothing.per_sample, nothing.changes) == (
        "none",
        "none",
        True,
        frozenset(),
    )


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_prepare_and_project_run_in_the_order_given(order):
    composition = compose(*(Noted(label=label) for label in order))
    critic = nn.Linear(2, 1)
    prepared = composition.prepare(critic, Batch(real=torch.zeros(2, 2)))
    composition.project(prepared, 7)
    assert [*LOG] == [("prepare", label, True) for label in order] + [
        ("project", label, 7) for label in order
    ]
    assert prepared[0][0][0] is critic, "each part takes what the one before it returned"


def test_terms_without_samples_are_added_to_every_sample():
    total = compose(Noted(), Scalar()).penalty(None, Batch(real=torch.zeros(3, 2)))
    assert total.tolist() == [6.0, 6.0, 6.0]


def test_metadata_follows_from_the_parts():
    both = compose(lipschitz.build("spectral_norm"), lipschitz.build("one_sided_gradient_penalty"), Scalar())
    assert both.family == "reparametrization + gradient penalty + regularizer"
    assert both.cost == "weights + double backward + unknown"
    assert both.guarantee == "hard"
    assert both.per_sample is False
    assert both.changes == {"parametrization"}
    assert compose(Noted(), Noted()).guarantee == "soft"
    assert compose(Noted(), Noted()).per_sample is True
    assert compose(Scalar(), Scalar()).guarantee == "none"


def wrapped(constraint):
    return st.sampled_from(
        [constraint, every(2, constraint), every(3, every(2, constraint)), compose(Noted(), constraint)]
    )


@given(st.data())
def test_contradictions_are_refused_in_every_order_and_wrapping(data):
    project, reparametrize = of_changes("weights"), of_changes("parametrization")
    a, b = data.draw(wrapped(project)), data.draw(wrapped(reparametrize))
    for parts in ([a, b], [b, a], [a, Noted(), b]):
        with pytest.raises(CompositionError, match="projects weights that .* reparametrizes"):
            compose(*parts)
    with pytest.raises(CompositionError, match="both reparametrize the critic's weights"):
        compose(b, reparametrize)


def test_a_contradiction_within_one_part_and_with_another_names_both():
    with pytest.raises(CompositionError, match="'weight_clipping' projects weights that 'spectral_norm'"):
        compose(lipschitz.build("spectral_norm"), lipschitz.build("weight_clipping"))
    with pytest.raises(CompositionError, match="'spectral_norm' and 'spectral_norm' both reparametrize"):
        compose(lipschitz.build("spectral_norm"), lipschitz.build("spectral_norm", power_iterations=2))


def test_contradictions_inside_wrappers_are_named_by_what_is_inside():
    clipping = every(2, compose(Noted(), lipschitz.build("weight_clipping")))
    with pytest.raises(CompositionError, match="^'weight_clipping' projects weights that 'spectral_norm'"):
        compose(lipschitz.build("spectral_norm"), clipping)
    slow = scheduled(lipschitz.build("weight_clipping"), bound=Linear(start=1, end=0.1, steps=9))
    with pytest.raises(CompositionError, match="^'weight_clipping' projects weights that 'spectral_norm'"):
        compose(compose(slow, Noted()), every(3, lipschitz.build("spectral_norm")))


def test_the_output_is_changed_by_one_constraint_of_a_name_however_it_is_wrapped():
    output = of_changes("output")
    with pytest.raises(CompositionError, match="'changing_output' is named twice"):
        compose(output, every(2, output))
    other = dataclass(frozen=True, kw_only=True)(type("Other", (type(output),), {"name": "other"}))()
    assert len(compose(every(2, output), every(2, other)).parts) == 2


def test_constraints_say_themselves_what_else_they_contradict():
    cls = type("Lonely", (Noted,), {"name": "lonely", "contradicts": {"noted": "it wants to be alone"}})
    lonely = dataclass(frozen=True, kw_only=True)(cls)()
    with pytest.raises(
        CompositionError, match="^'noted' and 'lonely' contradict each other: it wants to be alone. Keep one"
    ):
        compose(Noted(), every(2, lonely))
    with pytest.raises(CompositionError, match="^'lonely' and 'noted' contradict"):
        compose(lonely, Noted())
    assert compose(lonely, lonely, Scalar()).parts == (lonely, lonely, Scalar())


def test_one_constraint_may_both_reparametrize_and_project():
    both = of_changes("weights", "parametrization")
    assert compose(both, Noted(), of_changes("output")).changes == {"weights", "parametrization", "output"}
    with pytest.raises(CompositionError, match="both reparametrize"):
        compose(both, of_changes("parametrization"))


def test_what_does_not_contradict_is_combined():
    project, output = of_changes("weights"), of_changes("output")
    assert compose(project, project, output).changes == {"weights", "output"}
    assert compose(of_changes("parametrization"), output, Noted()).changes == {"parametrization", "output"}


@pytest.mark.parametrize("value", ["spectral_norm", None, Noted])
def test_only_constraints_are_combined(value):
    for build in (compose, lambda v: every(2, v), lambda v: scheduled(v), lambda v: Composition(parts=(v,))):
        with pytest.raises(CompositionError, match=r"\(\) takes lipschitz.Constraint values, got"):
            build(value)
