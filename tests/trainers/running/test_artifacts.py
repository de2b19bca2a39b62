"""What a finished run leaves for pictures."""

import numpy as np
import pytest
import torch

import lipschitz
from lipschitz_trainers.running.artifacts import GRID, LINE, save_artifacts, value_profile
from lipschitz_trainers.running.build import build_trainer


def test_points_leave_samples_and_the_critics_values_over_the_plane(make_config, tmp_path):
    trainer = build_trainer(make_config(), None)
    state = torch.get_rng_state()
    save_artifacts(trainer, tmp_path)
    assert torch.equal(torch.get_rng_state(), state)
    samples, surface = np.load(tmp_path / "samples.npz"), np.load(tmp_path / "surface.npz")
    assert samples["real"].shape == samples["fake"].shape == (32, 2)
    assert surface["values"].shape == (GRID, GRID)
    for i, j in ((0, 5), (17, 0), (GRID - 1, 3)):
        point = torch.tensor([[surface["x"][j], surface["y"][i]]])
        assert surface["values"][i, j] == pytest.approx(trainer.game.critic(point).item(), abs=1e-5)
    assert surface["x"].min() < samples["real"][:, 0].min()
    assert surface["x"].max() > samples["real"][:, 0].max()


def test_images_leave_samples_only(make_config, tmp_path):
    save_artifacts(build_trainer(make_config(dataset="digits"), None), tmp_path)
    assert np.load(tmp_path / "samples.npz")["fake"].shape[1:] == (1, 8, 8)
    assert not (tmp_path / "surface.npz").exists()


def test_text_leaves_indices_beside_its_characters(make_config, tmp_path):
    config = make_config(dataset={"name": "pydoc_topics", "length": 6})
    trainer = build_trainer(config, None)
    save_artifacts(trainer, tmp_path)
    evaluation = trainer.evaluator.evaluation(trainer.game, trainer.source)
    with np.load(tmp_path / "samples.npz") as kept:
        vocabulary = kept["vocabulary"].tolist()
        for kind, x in (("real", evaluation.real), ("fake", evaluation.fake)):
            assert kept[kind].shape == (32, 6)
            lines = ["".join(vocabulary[i] for i in line) for line in kept[kind]]
            assert lines == trainer.source.decode(x)


def test_weights_are_counted_as_the_critic_uses_them(make_config, tmp_path):
    trainer = build_trainer(make_config(constraint={"name": "weight_clipping", "bound": 0.01}), None)
    lipschitz.build("weight_clipping", bound=0.01).project(trainer.game.critic)
    save_artifacts(trainer, tmp_path)
    found = np.load(tmp_path / "weights.npz")
    matrices = [p.detach().numpy().ravel() for p in trainer.game.critic.parameters() if p.ndim > 1]
    want, edges = np.histogram(np.concatenate(matrices), len(found["counts"]), range=(-0.01, 0.01))
    np.testing.assert_allclose(found["edges"], edges, atol=1e-8)
    assert found["counts"].sum() == sum(map(len, matrices))
    assert np.abs(found["counts"] - want).sum() <= 4  # rounding at the edges of bins


def test_points_on_the_line_leave_the_critics_values_along_it(make_config, tmp_path):
    trainer = build_trainer(make_config(dataset={"name": "gaussian", "mean": [3.0]}), None)
    save_artifacts(trainer, tmp_path)
    profile, samples = np.load(tmp_path / "profile.npz"), np.load(tmp_path / "samples.npz")
    assert profile["x"].shape == profile["values"].shape == (LINE,)
    for i in (0, 100, LINE - 1):
        point = torch.tensor([[profile["x"][i]]])
        assert profile["values"][i] == pytest.approx(trainer.game.critic(point).item(), abs=1e-5)
    for kind in ("real", "fake"):
        assert profile["x"][0] < samples[kind].min() < samples[kind].max() < profile["x"][-1]


def test_diverged_samples_leave_a_line_around_the_others():
    x, values = value_profile(lambda x: 2 * x[:, 0], torch.tensor([[1.0], [torch.nan], [5.0], [torch.inf]]))
    assert x[0] < 1
    assert 5 < x[-1] < 7
    torch.testing.assert_close(values, 2 * x)
    assert value_profile(lambda x: x[:, 0], torch.full((2, 1), torch.nan))[0].isfinite().all()
