import json

import pytest
import torch

from lipschitz_trainers.truth import MinFunnelsTruth

CPU = torch.device("cpu")


@pytest.fixture
def sampler(script):
    return script("funnel_sampler")


@pytest.mark.parametrize(("dimension", "funnels"), [(1, 1), (2, 4), (16, 64), (128, 256)])
def test_both_sides_draw_the_same_points(sampler, dimension, funnels):
    truth = MinFunnelsTruth(dimension=dimension, funnels=funnels)
    pairs = truth.pairs(100, torch.Generator().manual_seed(0))
    found = sampler.naive(pairs.y, truth.cones.centres, truth.cones.heights, truth.power)
    torch.testing.assert_close(found, pairs.x, rtol=0, atol=1e-9)


def test_memory_grows_with_points_times_funnels_not_with_the_dimension_too(script, sampler):
    """In doubles, apart from one matrix for each of the points themselves: the other side shows that it is seen."""
    n, funnels = 200, 100
    truths = [MinFunnelsTruth(dimension=dimension, funnels=funnels) for dimension in (1, 40)]
    generator = torch.Generator().manual_seed(0)
    small, large = (
        script("peak_memory").peak_bytes(lambda t=truth: t.sample("p", n, generator), CPU) for truth in truths
    )
    assert large < 8 * 8 * n * funnels + 8 * 8 * n * 40
    assert large - small < 8 * 8 * n * 40
    points, cones = truths[1].sample("q", n, generator), truths[1].cones
    written_out = script("peak_memory").peak_bytes(
        lambda: sampler.naive(points, cones.centres, cones.heights, 8.0), CPU
    )
    assert written_out > 8 * n * funnels * 40


def test_it_writes_what_it_prints(script, sampler, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sampler, "PAIRS", ((2, 4), (128, 256)))
    path = tmp_path / "sampler.json"
    assert sampler.main(["--points", "8", "--seconds", "0", "--json", str(path)]) == 0
    record = json.loads(path.read_text())
    assert [row["bar"] for row in record["pairs"]] == [None, 5.0]
    printed = capsys.readouterr().out
    for row in record["pairs"]:
        assert f"{row['ratio']['median']:7.2f}" in printed
    text = script("update_readme").funnel_sampler(record)
    assert "| 2, 4 |" in text
    record["pairs"][1]["ratio"]["median"] = 4.999
    assert "**<** 5.0" in script("update_readme").funnel_sampler(record)
    record["pairs"][1]["ratio"]["median"] = 5.001
    assert "≥ 5.0" in script("update_readme").funnel_sampler(record)
