"""Runs grouped by dataset."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import UNKNOWN, load_study, study_of
from lipschitz_trainers.config.experiment import load_experiment


def test_one_dataset_is_one_group(points: Path) -> None:
    study = load_study(points)
    assert [group.dataset for group in study.groups] == ["swiss_roll"]
    variants = study.groups[0].variants
    assert [variant.name for variant in variants] == [variant.label for variant in variants]
    assert [len(variant.runs) for variant in variants] == [5] * 4
    assert study.configs["weight_clipping", 3]["steps"] == 3000
    assert study.run_folder(variants[0].runs[0]).is_dir()


def test_several_datasets_are_told_apart_and_their_names_dropped(
    synthetic: ModuleType, tmp_path: Path
) -> None:
    synthetic.build(tmp_path, datasets=("swiss_roll", "eight_gaussians"), seeds=1, lines=2)
    study = load_study(tmp_path)
    assert [group.dataset for group in study.groups] == ["swiss_roll", "eight_gaussians"]
    for group in study.groups:
        assert [variant.label for variant in group.variants] == list(synthetic.W1)


def test_the_dataset_may_be_the_last_axis(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.TWO), seeds=1, lines=2)
    text = (tmp_path / "results.json").read_text()
    for name in (synthetic.ONE, synthetic.TWO):
        text = text.replace(f'"variant": "{name}"', f'"variant": "{name}-swiss_roll"')
    (tmp_path / "results.json").write_text(text)
    labels = [variant.label for variant in load_study(tmp_path).groups[0].variants]
    assert labels == [synthetic.ONE, synthetic.TWO]


def test_a_fixed_generator_is_noticed(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    assert not load_study(tmp_path).groups[0].critic_only
    synthetic.fix_generators(tmp_path)
    assert load_study(tmp_path).groups[0].critic_only


def test_fixed_and_trained_generators_are_not_ranked_together(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    for path in tmp_path.glob("runs/weight_clipping*/config.yaml"):
        config = yaml.safe_load(path.read_text())
        config["generator"] = {"fixed": "noisy_data"}
        path.write_text(yaml.safe_dump(config))
    trained, fixed = load_study(tmp_path).groups
    assert (trained.dataset, trained.critic_only) == ("swiss_roll", False)
    assert (fixed.dataset, fixed.critic_only) == ("swiss_roll, fixed generator", True)
    assert [variant.name for variant in fixed.variants] == ["weight_clipping"]
    assert len(trained.variants) == 3


def test_a_run_that_failed_early_stays_with_the_others(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    synthetic.fix_generators(tmp_path)
    for path in tmp_path.glob("runs/weight_clipping*/config.yaml"):
        path.unlink()
    (group,) = load_study(tmp_path).groups
    assert (group.dataset, len(group.variants)) == ("swiss_roll", 4)


def test_datasets_that_share_a_name_are_named_by_their_fields(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    for path in tmp_path.glob("runs/weight_clipping*/config.yaml"):
        config = yaml.safe_load(path.read_text())
        config["dataset"]["noise"] = 0.5
        path.write_text(yaml.safe_dump(config))
    groups = load_study(tmp_path).groups
    assert [group.dataset for group in groups] == ["swiss_roll", "swiss_roll (noise=0.5)"]


def test_a_variant_that_never_wrote_a_configuration_is_placed_by_its_name(
    synthetic: ModuleType, tmp_path: Path
) -> None:
    synthetic.build(tmp_path, datasets=("swiss_roll", "eight_gaussians"), seeds=1, lines=2)
    shutil.rmtree(tmp_path / "runs" / "eight_gaussians-spectral_norm-seed0")
    groups = {group.dataset: group for group in load_study(tmp_path).groups}
    assert "spectral_norm" in [variant.label for variant in groups["eight_gaussians"].variants]


def test_or_on_the_only_dataset_there_is(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    shutil.rmtree(tmp_path / "runs" / "spectral_norm-seed0")
    assert len(load_study(tmp_path).groups) == 1


def test_without_any_configuration_the_data_is_unknown(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    shutil.rmtree(tmp_path / "runs")
    assert [group.dataset for group in load_study(tmp_path).groups] == [UNKNOWN]


def test_no_runs_are_no_groups(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=(), seeds=0)
    assert load_study(tmp_path).groups == ()


def labels(experiment: str, *variants: str) -> list[str]:
    """Return what runs of some variants are called where nothing else ran."""
    runs = tuple(RunResult(name, 0, f"runs/{name}-seed0", "done") for name in variants)
    config = {"dataset": {"name": "min_funnels"}, "generator": {"fixed": {"name": "other_side"}}}
    (group,) = study_of(Results(experiment, "quick", runs=runs), {run.key: config for run in runs}).groups
    return [variant.label for variant in group.variants]


def test_a_variant_is_called_the_same_alone_as_among_others() -> None:
    alone, other = "d32_n256-max_of_cones", "d32_n256-silu_mlp"
    assert labels("w1_networks", alone) == ["max_of_cones"]
    assert labels("w1_networks", alone, other) == ["max_of_cones", "silu_mlp"]


@pytest.mark.parametrize(
    ("experiment", "variant"),
    [
        ("mine", "d32_n256-max_of_cones"),  # nothing is known of it
        ("w1_networks", "d3_n4-max_of_cones"),  # not on its axis
        ("batch_norm_in_critic", "fixed-none"),  # no axes
        ("sngan_table2", "gan_gp-A"),  # whose first axis is not the data
    ],
)
def test_only_the_axis_of_the_data_is_dropped_from_a_variant_that_ran_alone(
    experiment: str, variant: str
) -> None:
    assert labels(experiment, variant) == [variant]


def test_every_pair_of_the_benchmarks_is_an_axis_of_the_data() -> None:
    for name in ("w1_networks", "w1_benchmark"):
        for pair in load_experiment(name).axes[0]:
            assert labels(name, f"{pair}-silu_mlp") == ["silu_mlp"]
