"""Either side of a pair with a known distance, served as data."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.data import MinFunnels, ScaledGaussians, ShiftedGaussians, WavySurface
from lipschitz_trainers.running.build import build_trainer

DATASETS = [
    MinFunnels(dimension=3, funnels=5),
    MinFunnels(dimension=2, funnels=16, seed=4, power=3, side="q"),
    ShiftedGaussians(dimension=4, distance=3, std=0.2, seed=2),
    ScaledGaussians(dimension=5, std=0.1, wide_std=0.3, side="q"),
    WavySurface(dimension=6, waves=3, frequency=0.5, slope=1, power=4, seed=3),
]


@pytest.mark.parametrize("dataset", DATASETS, ids=repr)
def test_samples_are_those_of_the_truths_side_as_float32(dataset, generator):
    source, truth = dataset.open(), dataset.truth()
    assert (source.kind, source.shape) == ("points", (truth.dimension,))
    want = truth.sample(dataset.side, 40, generator(0)).float()
    assert torch.equal(source.held_out(40, generator(0)).x, want)
    stream = source.train(generator(0))
    assert torch.equal(stream.next(40).x, want)
    assert not torch.equal(stream.next(40).x, want)
    assert source.side == (truth, dataset.side)


@pytest.mark.parametrize("dataset", DATASETS, ids=repr)
def test_every_field_but_the_side_reaches_the_truth(dataset):
    fields = {name: value for name, value in vars(dataset).items() if name != "side"}
    assert vars(dataset.truth()) == fields


def test_the_default_is_an_official_pair():
    assert MinFunnels().truth().seed == 987
    assert MinFunnels().truth().power == 8


def test_wrong_fields_are_refused_when_the_dataset_is_named():
    with pytest.raises(FieldError, match="ScaledGaussians.wide_std must be larger than std"):
        ScaledGaussians(std=2)
    with pytest.raises(FieldError, match="MinFunnels.side must be one of 'p', 'q', got 'r'"):
        MinFunnels(side="r")
    with pytest.raises(FieldError, match="MinFunnels.power must be > 1"):
        MinFunnels(power=1)


@given(st.sampled_from(["p", "q"]))
def test_each_side_has_another_one_of_the_same_pair(side):
    dataset = MinFunnels(dimension=4, funnels=16, side=side)
    other = dataset.other_side()
    assert other.side != side
    assert other.truth() == dataset.truth()
    assert other.other_side() == dataset


def test_one_configuration_trains_a_critic_between_both_sides(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(
        """
dataset: {name: min_funnels, dimension: 4, funnels: 16}
generator: {fixed: other_side}
critic: {network: {name: silu_mlp, width: 16}, optimizer: {name: adam, lr: 1e-3}, steps: 1}
constraint: one_sided_gradient_penalty
batch_size: 32
steps: 3
evaluation: {samples: 20, metrics: [{name: cosine, points: 64}, {name: true_w1, points: 64}]}
""",
        encoding="utf-8",
    )
    trainer = build_trainer(load_run(file), None)
    trainer.fit(3)
    assert -1 <= trainer.metrics["cosine"] <= 1
    assert trainer.metrics["true_w1"] == pytest.approx(1.003, abs=0.03)
    real, fake = trainer.game.real(32).x, trainer.game.fake(trainer.game.real(32))
    nearest = torch.cdist(real, fake).amin(dim=1)
    assert nearest.min() > 0, "draws of both sides are independent: no point meets its own partner"
