"""The answer in one sentence, and what stands behind it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.analyses.verdict import Verdict, verdict


def words(folder: Path) -> Verdict:
    return verdict([rank(group) for group in load_study(folder).groups])


def test_a_clear_winner(synthetic: ModuleType, tmp_path: Path) -> None:
    told = words(synthetic.build(tmp_path, constraints=(synthetic.TWO, synthetic.CLIPPING), seeds=3, lines=2))
    assert told.answer[0].startswith(f"On swiss_roll, {synthetic.TWO} served best: W1 0.0")
    assert told.answer[0].endswith("(real against real: 0.0520).")
    assert f"{synthetic.TWO} has the lower W1" in told.best[0]
    assert "over 3 seeds" in told.best[0]
    assert told.sides == ()


def test_no_clear_winner(synthetic: ModuleType, tmp_path: Path) -> None:
    two = (synthetic.TWO, synthetic.SPECTRAL)
    told = words(synthetic.build(tmp_path, constraints=two, seeds=1, lines=2))
    assert "there is no clear winner" in told.answer[0]
    assert f"1 seed cannot tell it from {synthetic.SPECTRAL}" in told.answer[0]
    assert "cannot be decided with 1 seed" in told.best[0]


def test_several_rivals_are_counted(synthetic: ModuleType, tmp_path: Path) -> None:
    told = words(synthetic.build(tmp_path, seeds=1, lines=2))
    assert "1 seed cannot tell it from 3 others" in told.answer[0]


def test_those_behind_are_named_and_luck_is_mentioned(points: Path, synthetic: ModuleType) -> None:
    told = words(points)
    assert (
        f"These seeds do place {synthetic.SPECTRAL} and {synthetic.CLIPPING} behind the first."
        in told.best[0]
    )
    assert "owes something to luck" in told.best[0]


def test_real_images_are_no_floor_but_a_goal(synthetic: ModuleType, tmp_path: Path) -> None:
    told = words(synthetic.build(tmp_path, kind="images", seeds=3, lines=2))
    assert "(real data: 9.41)" in told.answer[0]


def test_one_constraint_alone(synthetic: ModuleType, tmp_path: Path) -> None:
    told = words(synthetic.build(tmp_path, constraints=(synthetic.ONE,), lines=2))
    assert "nothing to compare with" in told.answer[0]
    assert told.best == ("",)


def test_nothing_to_rank(synthetic: ModuleType, tmp_path: Path) -> None:
    broken = {(synthetic.ONE, seed): "boom" for seed in range(2)}
    told = words(synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=2, broken=broken, lines=2))
    assert told.answer == ("On swiss_roll nothing can be ranked: no run ended with a finite main metric.",)


def test_every_dataset_has_its_answer(synthetic: ModuleType, tmp_path: Path) -> None:
    told = words(synthetic.build(tmp_path, datasets=("swiss_roll", "eight_gaussians"), seeds=2, lines=2))
    assert [answer.split()[1].strip(",") for answer in told.answer] == ["swiss_roll", "eight_gaussians"]
    assert len(told.best) == 2
