"""The critic's surface at the modes: cones at each, one cone in the middle, and a plane."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.errors import DataError
from lipschitz_trainers.data import Digits, EightGaussians, SwissRoll, TwentyFiveGaussians
from lipschitz_trainers.metrics import ModeScores


def measured(evaluation, normal, source, critic, **fields):
    given_ = evaluation(normal(5, 2), normal(5, 2), critic=critic, source=source)
    return ModeScores(**fields).measure(given_)


@pytest.mark.parametrize("dataset", [EightGaussians(), TwentyFiveGaussians()], ids=lambda d: d.name)
@given(reach=st.floats(0.05, 0.45))
def test_cones_at_every_mode_have_a_maximum_there(evaluation, normal, dataset, reach):
    source = dataset.open()
    centres = source.modes.centres
    found = measured(evaluation, normal, source, lambda x: -torch.cdist(x, centres).amin(1), reach=reach)
    assert found["mode_scores"] == found["mode_count"] == len(centres)


def test_on_the_ring_the_difference_to_the_centre_is_the_radius(evaluation, normal):
    source = EightGaussians().open()
    cones = measured(evaluation, normal, source, lambda x: -torch.cdist(x, source.modes.centres).amin(1))
    assert cones["mode_over_centre"] == pytest.approx(2 / 1.414, abs=1e-5)
    middle = measured(evaluation, normal, source, lambda x: -x.norm(dim=1))
    assert middle["mode_over_centre"] == pytest.approx(-2 / 1.414, abs=1e-5)
    assert middle["mode_scores"] == 0


def test_a_plane_and_a_constant_have_no_maximum(evaluation, normal):
    source = TwentyFiveGaussians().open()
    for critic in (lambda x: x @ torch.tensor([1.0, 2.0]), lambda x: 0 * x[:, 0]):
        assert measured(evaluation, normal, source, critic)["mode_scores"] == 0


def test_data_without_modes_in_the_plane_is_left_alone(evaluation, normal):
    for dataset in (SwissRoll(), Digits()):
        assert not ModeScores().applies_to(dataset.open())
    with pytest.raises(DataError, match="known modes"):
        measured(evaluation, normal, SwissRoll().open(), lambda x: x[:, 0])
