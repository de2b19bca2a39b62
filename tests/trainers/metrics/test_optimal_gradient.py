"""Critics of which is known how good they are, measured against the truth."""

import math

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import FieldError
from lipschitz_trainers.data import EightGaussians, MinFunnels, ScaledGaussians, ShiftedGaussians
from lipschitz_trainers.metrics import L2, Cosine, TrueW1
from lipschitz_trainers.objectives import Wasserstein
from lipschitz_trainers.training import AnotherDataset, DataPlusNoise, Optimization, Trainer
from lipschitz_trainers.training.evaluation import Evaluator


class Optimal(nn.Module):
    """The optimal critic itself, in float64, times a slope."""

    def __init__(self, truth, slope=1.0):
        super().__init__()
        self.truth, self.slope = truth, slope

    def forward(self, x):
        x = x.double()
        if isinstance(self.truth, type(MinFunnels().truth())):
            cones = self.truth.cones
            offsets = x.unsqueeze(1) - cones.centres
            return -self.slope * (offsets.norm(dim=2) + cones.heights).amin(dim=1)
        return -self.slope * self.truth.potential(x)


@pytest.fixture
def judged(evaluation, normal):
    """Return all three metrics' values of a critic between two datasets."""

    def judge(real, fake, critic):
        source = real.open()
        given = evaluation(
            normal(8, source.shape[0]), normal(8, source.shape[0], seed=1), critic=critic, source=source
        )
        object.__setattr__(given, "fake_source", None if fake is None else fake.open())
        metrics = (Cosine(points=600), L2(points=600), TrueW1(points=600))
        assert all(metric.applies_to(source) for metric in metrics)
        return {key: value for metric in metrics for key, value in metric.measure(given).items()}

    return judge


PAIRS = [
    MinFunnels(dimension=8, funnels=16),
    MinFunnels(dimension=64, funnels=64),
    ShiftedGaussians(dimension=5, distance=2),
    ScaledGaussians(dimension=7),
]


def other(dataset):
    return type(dataset)(**{**vars(dataset), "side": "q" if dataset.side == "p" else "p"})


@pytest.mark.parametrize("dataset", PAIRS, ids=repr)
def test_the_optimal_critic_is_perfect_from_either_side(judged, dataset):
    best = Optimal(dataset.truth())
    for real, critic in ((dataset, best), (other(dataset), lambda x: -best(x))):
        values = judged(real, other(real), critic)
        assert values["cosine"] == pytest.approx(1, abs=1e-5)
        assert values["cosine_fake"] == pytest.approx(1, abs=1e-5)
        assert values["l2"] == pytest.approx(0, abs=1e-5)
        assert values["l2_fake"] == pytest.approx(0, abs=1e-5)
        assert values["true_w1_error"] == pytest.approx(0, abs=1e-5)
        assert values["cosine_ceiling"] == pytest.approx(values["cosine"], abs=1e-6)


def test_the_slope_counts_for_l2_and_w1_but_not_for_the_cosine(judged):
    dataset = MinFunnels(dimension=8, funnels=16)
    values = judged(dataset, other(dataset), Optimal(dataset.truth(), slope=3))
    assert values["cosine"] == pytest.approx(1, abs=1e-5)
    assert values["l2"] == pytest.approx(4, abs=1e-4)
    assert values["true_w1_error"] == pytest.approx(2 * values["true_w1"], rel=0.1)


def test_a_critic_turned_round_is_as_bad_as_can_be(judged):
    dataset = PAIRS[1]
    values = judged(dataset, other(dataset), Optimal(dataset.truth(), slope=-1))
    assert values["cosine"] == pytest.approx(-1, abs=1e-5)
    assert values["l2"] == pytest.approx(4, abs=1e-4)


def test_a_flat_critic_has_cosine_zero_and_l2_one(judged):
    dataset = PAIRS[0]
    flat = nn.Linear(8, 1)
    nn.init.zeros_(flat.weight)
    values = judged(dataset, other(dataset), flat)
    assert (values["cosine"], values["cosine_fake"]) == (0, 0)
    assert values["l2"] == pytest.approx(1)
    assert values["true_w1_error"] == pytest.approx(-values["true_w1"], rel=0.1)


@pytest.mark.parametrize("turned", [False, True])
def test_the_radial_floor_is_what_the_radial_critic_gets(judged, turned):
    dataset = MinFunnels(dimension=16, funnels=64, side="q" if turned else "p")
    values = judged(dataset, other(dataset), lambda x: (1 if turned else -1) * x.norm(dim=1))
    assert values["cosine"] == pytest.approx(values["cosine_floor"], abs=1e-6)
    assert values["cosine_fake"] == pytest.approx(values["cosine_fake_floor"], abs=1e-6)
    assert values["l2"] == pytest.approx(values["l2_floor"], abs=1e-6)
    assert values["true_w1"] + values["true_w1_error"] == pytest.approx(values["true_w1_floor"], abs=0.15)
    if not turned:
        assert values["cosine_floor"] == pytest.approx(0.28, abs=0.03), "as known of this pair"


def test_the_linear_floor_is_what_the_best_linear_critic_gets(judged):
    dataset = PAIRS[2]
    values = judged(dataset, other(dataset), lambda x: x @ torch.ones(5))
    assert values["cosine_linear_floor"] == pytest.approx(1), (
        "of shifted Gaussians the optimal critic is linear"
    )
    assert values["l2_linear_floor"] == pytest.approx(0, abs=1e-12)
    assert values["cosine"] == pytest.approx(-float(dataset.truth().direction.sum()) / 5**0.5, abs=1e-5)


def test_rounding_bounds_what_can_be_reached_where_points_gather_at_tips(judged):
    dataset = MinFunnels(dimension=2, funnels=4)
    values = judged(dataset, other(dataset), Optimal(dataset.truth()))
    assert values["cosine_ceiling"] < 0.995
    assert values["cosine_fake"] == pytest.approx(1, abs=1e-5)


def test_no_values_unless_both_sides_of_one_pair_meet(judged):
    dataset = MinFunnels(dimension=2, funnels=4)
    another = MinFunnels(dimension=2, funnels=4, seed=1, side="q")
    for fake in (None, dataset, another, EightGaussians()):
        assert judged(dataset, fake, lambda x: x.sum(dim=1)) == {}
    assert not Cosine().applies_to(EightGaussians().open())


def test_critics_that_couple_samples_have_no_gradient_at_a_sample(judged):
    dataset = PAIRS[0]
    critic = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    values = judged(dataset, other(dataset), critic)
    assert math.isnan(values["cosine"])
    assert math.isnan(values["l2"])
    assert math.isfinite(values["cosine_floor"])


@pytest.mark.parametrize("fixed", ["other side", "noise"])
def test_the_trainer_hands_the_second_dataset_to_the_metrics(fixed):
    dataset = MinFunnels(dimension=2, funnels=4)
    source = dataset.open()
    trainer = Trainer(
        critic=nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)),
        constraint=lipschitz.build("one_sided_gradient_penalty"),
        objective=Wasserstein(),
        source=source,
        generator=AnotherDataset(other(dataset).open()) if fixed == "other side" else DataPlusNoise(),
        optimization=Optimization(lambda p: torch.optim.Adam(p, lr=1e-3)),
        batch_size=16,
        evaluator=Evaluator([Cosine(points=50), TrueW1(points=50)], samples=10),
    )
    trainer.fit(1)
    assert ("cosine" in trainer.metrics) == (fixed == "other side")


def test_fields_are_checked():
    for metric in (Cosine, L2, TrueW1):
        with pytest.raises(FieldError, match="points must be >= 1"):
            metric(points=0)
