"""Small datasets, networks, ... that only have fields, and strategies for configurations made of them."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, MinLen
from hypothesis import strategies as st

from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.hookspecs import hookimpl
from lipschitz_trainers.metrics.base import Metric
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.registry import plugin_manager

# No postponed annotations here: the classes' types must be readable wherever pytest imports this file from.


@dataclass(frozen=True, kw_only=True)
class FakePoints(Dataset):
    name = "fake_points"
    count: Annotated[int, Ge(1)] = 8
    noise: Annotated[float, Ge(0)] = 0.1
    rotated: bool = False


@dataclass(frozen=True, kw_only=True)
class FakeFile(Dataset):
    name = "fake_file"
    path: str
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class FakeNetwork(Network):
    name = "fake_network"
    widths: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)] = (16, 16)
    activation: Literal["relu", "tanh"] = "relu"


@dataclass(frozen=True, kw_only=True)
class FakeGenerator(Network):
    name = "fake_generator"
    role = "generator"
    channels: Annotated[int, Ge(1)] = 4


@dataclass(frozen=True, kw_only=True)
class FakeCritic(Network):
    name = "fake_critic"
    role = "critic"
    channels: Annotated[int, Ge(1)] = 4


@dataclass(frozen=True, kw_only=True)
class FakeObjective(Objective):
    name = "fake_objective"
    margin: float = 1.0


@dataclass(frozen=True, kw_only=True)
class FakeDistance(Metric):
    name = "fake_distance"
    projections: Annotated[int, Ge(1)] = 10


@dataclass(frozen=True, kw_only=True)
class FakeScore(Metric):
    name = "fake_score"
    threshold: Annotated[float, Gt(0)]


@hookimpl
def register_datasets(register):
    register(FakePoints)
    register(FakeFile)


@hookimpl
def register_networks(register):
    register(FakeNetwork)
    register(FakeGenerator)
    register(FakeCritic)


@hookimpl
def register_objectives(register):
    register(FakeObjective)


@hookimpl
def register_metrics(register):
    register(FakeDistance)
    register(FakeScore)


@pytest.fixture(scope="module", autouse=True)
def fakes():
    """Register the fakes; return their classes."""
    hooks = (register_datasets, register_networks, register_objectives, register_metrics)
    plugin_manager().add(SimpleNamespace(**{hook.__name__: hook for hook in hooks}), "fakes_of_config_tests")
    yield SimpleNamespace(
        FakePoints=FakePoints,
        FakeFile=FakeFile,
        FakeNetwork=FakeNetwork,
        FakeDistance=FakeDistance,
        FakeScore=FakeScore,
    )
    plugin_manager().remove("fakes_of_config_tests")


@pytest.fixture(scope="module")
def minimal():
    """Return a function that makes the plain values of a small run, some replaced by ``key=value``."""

    def make(**changes):
        values = {
            "dataset": {"name": "fake_points", "noise": 0.2},
            "generator": {"network": "fake_network", "optimizer": {"name": "adam", "lr": 1e-4}},
            "critic": {"network": {"name": "fake_network"}, "optimizer": {"name": "adam", "lr": 1e-4}},
            "constraint": {"name": "two_sided_gradient_penalty", "coefficient": 10.0},
            "objective": {"name": "fake_objective"},
        }
        return values | changes

    return make


positive = st.floats(1e-8, 1e8)
counts = st.integers(1, 10**6)
decays = st.floats(0, 1, exclude_max=True)


def block(name, optional=(), **fields):
    """Draw a mapping with `name`, all of `fields` and some of `optional`."""
    return st.fixed_dictionaries({"name": st.just(name), **fields}, optional=dict(optional))


def schedules(values):
    return st.one_of(
        block("constant", value=values),
        block("linear", start=values, end=values, steps=counts),
        block("cosine", start=values, end=values, steps=counts),
        block("burst", {"first": st.integers(0, 50), "every": counts}, usual=values, burst=values),
        st.tuples(values, values).map(
            lambda pair: {"name": "piecewise", "boundaries": [10], "values": list(pair)}
        ),
    )


optimizers = st.one_of(
    *(
        block(
            name,
            {
                "lr": positive,
                "betas": st.lists(decays, min_size=2, max_size=2),
                "eps": positive,
                "weight_decay": st.floats(0, 1),
                "schedule": st.none() | schedules(st.floats(0, 2)),
            },
        )
        for name in ("adam", "adamw")
    ),
    block("rmsprop", {"lr": positive, "alpha": decays}),
    block("sgd", {"momentum": decays}, lr=positive),
    st.sampled_from(["adam", "rmsprop"]),
)
datasets = st.one_of(
    st.just("fake_points"),
    block("fake_points", {"count": counts, "noise": st.floats(0, 9), "rotated": st.booleans()}),
    block("fake_file", {"scale": st.none() | st.just([1, 2.5])}, path=st.text(max_size=9)),
)
networks = st.one_of(
    st.just("fake_network"),
    block(
        "fake_network",
        {"widths": st.lists(counts, min_size=1), "activation": st.sampled_from(["relu", "tanh"])},
    ),
)
penalties = st.sampled_from(["one_sided_gradient_penalty", "two_sided_gradient_penalty"]).flatmap(
    lambda name: block(
        name,
        {
            "coefficient": positive,
            "every": st.integers(1, 64),
            "schedules": st.fixed_dictionaries({"coefficient": schedules(positive)}),
        },
    )
)
projections = st.one_of(
    block("weight_clipping", {"bound": positive}), block("spectral_norm", {"power_iterations": counts})
)
constraints = st.one_of(
    penalties,
    projections,
    st.lists(penalties, min_size=1, max_size=3),
    st.tuples(projections, penalties).map(list),
)
trained = st.fixed_dictionaries(
    {"network": networks | st.just({"name": "fake_generator"}), "optimizer": optimizers},
    optional={
        "latent": counts,
        "batch_size": st.none() | counts,
        "ema": st.none() | st.floats(0.01, 0.999),
    },
)
fixed = st.one_of(block("data_plus_noise", {"std": positive}), block("second_dataset", dataset=datasets)).map(
    lambda source: {"fixed": source}
)
metrics = st.lists(
    st.one_of(block("fake_distance", {"projections": counts}), block("fake_score", threshold=positive)),
    unique_by=lambda metric: metric["name"],
)
drawn_runs = st.fixed_dictionaries(
    {
        "dataset": datasets,
        "generator": trained | fixed,
        "critic": st.fixed_dictionaries(
            {"network": networks | st.just("fake_critic"), "optimizer": optimizers},
            optional={"steps": counts | schedules(st.floats(1, 100))},
        ),
        "constraint": constraints,
    },
    optional={
        "objective": block("fake_objective", {"margin": st.floats(-9, 9)}),
        "batch_size": counts,
        "steps": counts,
        "seed": st.integers(0, 2**63 - 1),
        "evaluation": st.fixed_dictionaries(
            {}, optional={"every": st.none() | counts, "metrics": st.none() | metrics}
        ),
        "checkpoint": st.fixed_dictionaries({}, optional={"every": st.none() | counts, "keep": counts}),
        "device": st.sampled_from(["auto", "cpu"]),
        "precision": st.sampled_from(["32-true", "64-true"]),
        "devices": st.integers(1, 8),
    },
)


@pytest.fixture(scope="module")
def runs():
    """Return a strategy for the plain values of a run, some keys left to their defaults."""
    return drawn_runs


@pytest.fixture(scope="module")
def configs():
    """Return a strategy for checked configurations."""
    return drawn_runs.map(RunConfig.model_validate)
