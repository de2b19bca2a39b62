"""Moving average, randomness and records."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz_trainers.training.randomness import Randomness, derive, seeded
from lipschitz_trainers.training.records import Recorder, finite_or_none, read_records
from lipschitz_trainers.training.setup import moving_average


@given(decay=st.floats(0.01, 0.99), values=st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_average_is_the_closed_form_and_buffers_are_copied(decay, values):
    network = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1, affine=False))
    average = moving_average(network, decay)
    expected = values[0]
    for value in values:
        nn.init.constant_(network[0].weight, value)
        network[1].running_mean.fill_(value)
        average.update_parameters(network)
        expected = decay * expected + (1 - decay) * value
    assert average.module[0].weight.item() == pytest.approx(expected, abs=1e-5)
    assert average.module[1].running_mean.item() == pytest.approx(values[-1])
    assert not average.module[0].weight.requires_grad
    assert not average.module.training


def test_named_generators_are_independent_and_restorable():
    cpu = torch.device("cpu")
    a, b = Randomness(3, cpu), Randomness(3, cpu)
    torch.rand(5, generator=a["data"])
    assert torch.equal(torch.rand(4, generator=a["latent"]), torch.rand(4, generator=b["latent"]))
    saved = a.state_dict()
    expected = [torch.rand(3, generator=a[name]) for name in a.generators]
    a.load_state_dict(saved)
    for name, draw in zip(a.generators, expected, strict=True):
        assert torch.equal(torch.rand(3, generator=a[name]), draw)
    draws = {torch.rand(1, generator=Randomness(3, cpu)[name]).item() for name in a.generators}
    assert len(draws) == len(a.generators)


@given(st.integers(0, 10**6), st.text(max_size=10))
def test_derived_seeds_are_valid_and_fixed(seed, name):
    assert 0 <= derive(seed, name) < 2**63
    assert derive(seed, name) == derive(seed, name)


def test_seeded_leaves_the_global_generator_as_it_was():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    with seeded(0, "x"):
        first = torch.rand(2)
    with seeded(0, "x"):
        assert torch.equal(torch.rand(2), first)
    assert torch.equal(torch.get_rng_state(), before)


def test_recorder_cuts_back_and_writes_null_for_nan(tmp_path):
    recorder = Recorder(tmp_path / "metrics.jsonl")
    recorder.write({"step": 1, "x": math.nan, "evaluation": {"y": math.inf}})
    position = recorder.position()
    recorder.write({"step": 2})
    recorder.cut(position)
    recorder.write({"step": 3})
    recorder.close()
    assert read_records(recorder.path) == [{"step": 1, "x": None, "evaluation": {"y": None}}, {"step": 3}]


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2, "cri')
    assert read_records(path) == [{"step": 1}]


def test_finite_or_none_goes_deep():
    assert finite_or_none({"a": {"b": math.nan}, "c": 1.5, "d": "nan"}) == {
        "a": {"b": None},
        "c": 1.5,
        "d": "nan",
    }


def test_tensorboard_is_written_when_wanted(tmp_path):
    recorder = Recorder(tmp_path / "metrics.jsonl", tensorboard=True)
    recorder.write({"step": 1, "critic_loss": 0.5})
    recorder.close()
    assert list((tmp_path / "tensorboard").glob("events*"))
