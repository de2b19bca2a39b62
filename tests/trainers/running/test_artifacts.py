"""What a finished run leaves for pictures."""

import numpy as np
import pytest
import torch

import lipschitz
from lipschitz_trainers.running.artifacts import GRID, save_artifacts
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
