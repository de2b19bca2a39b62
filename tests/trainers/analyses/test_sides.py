"""One-sided against two-sided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.analyses.sides import PAPER, _pairs, _wrong_way, are_sides, one_against_two_sided
from lipschitz_trainers.analyses.statistics import summary


def told(folder: Path) -> tuple[str, ...]:
    return one_against_two_sided([rank(group) for group in load_study(folder).groups])


def test_a_pair_is_compared_and_the_slopes_explained(points: Path, synthetic: ModuleType) -> None:
    paragraph, paper = told(points)
    assert paragraph.startswith(f"On swiss_roll: {synthetic.ONE} has the lower W1: 0.08")
    assert "over 5 seeds" in paragraph
    assert "the mean slope is 0.860 under the one-sided penalty" in paragraph
    assert "and 1.01 under the two-sided" in paragraph
    assert paper == PAPER


def test_a_two_sided_critic_that_slopes_the_wrong_way_is_explained(
    points: Path, synthetic: ModuleType
) -> None:
    (pair,) = [p for group in load_study(points).groups for p in _pairs(rank(group))]
    assert _wrong_way(pair.two) == ""
    numbers = {**pair.two.numbers, "critic_w1": summary([-0.9, -0.7]), "w1_error": summary([-2.0, -1.8])}
    said = _wrong_way(replace(pair.two, numbers=numbers))
    assert "estimate of W1 is −0.800, the exact value 1.10" in said
    slightly = {**pair.two.numbers, "critic_w1": summary([-0.05]), "w1_error": summary([-1.05])}
    assert _wrong_way(replace(pair.two, numbers=slightly)) == ""


def test_both_have_to_take_part(synthetic: ModuleType, tmp_path: Path) -> None:
    assert told(synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.CLIPPING), lines=2)) == ()


def test_pairs_are_found_in_every_dataset_and_counted(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, datasets=("swiss_roll", "eight_gaussians"), lines=2)
    first, second, count, _ = told(tmp_path)
    assert first.startswith("On swiss_roll: ")
    assert second.startswith("On eight_gaussians: ")
    assert count.startswith("Over 2 pairs the one-sided penalty is ahead twice, the two-sided 0 times")
    assert "p = 0.50" in count


def test_many_pairs_are_only_counted(synthetic: ModuleType, tmp_path: Path) -> None:
    datasets = tuple(f"data{i}" for i in range(7))
    synthetic.build(
        tmp_path, constraints=(synthetic.ONE, synthetic.TWO), datasets=datasets, seeds=1, noise=0.001, lines=2
    )
    count, _ = told(tmp_path)
    assert "Over 7 pairs the one-sided penalty is ahead 7 times" in count
    assert "p = 0.016" in count
    assert "more than chance explains" in count


def test_a_failed_side_is_named_with_its_reason(synthetic: ModuleType, tmp_path: Path) -> None:
    broken = {(synthetic.TWO, seed): "TrainingError: NaN" for seed in range(3)}
    paragraph = told(synthetic.build(tmp_path, broken=broken, lines=2))[0]
    assert paragraph == (
        f"On swiss_roll one-sided and two-sided cannot be compared: {synthetic.TWO} has no result "
        "(TrainingError: NaN)."
    )


def test_only_variants_under_the_same_conditions_are_sides(points: Path) -> None:
    one, two, spectral, _ = rank(load_study(points).groups[0]).rows
    assert are_sides(one, two)
    assert are_sides(two, one)
    assert not are_sides(one, spectral)
