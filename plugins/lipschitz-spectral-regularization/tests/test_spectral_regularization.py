import numpy as np
import torch
from lipschitz_spectral_regularization import SpectralRegularization

import lipschitz
from lipschitz.testing import check_constraint


def test_obeys_every_law():
    check_constraint(SpectralRegularization())


def test_is_the_published_formula():
    critic = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 1))
    singular = [np.linalg.svd(layer.weight.detach().numpy())[1].max() for layer in (critic[0], critic[2])]
    got = SpectralRegularization(coefficient=2.0).penalty(critic, lipschitz.Batch(real=torch.zeros(4, 3)))
    np.testing.assert_allclose(got.item(), sum(s**2 for s in singular), rtol=1e-5)


def test_is_registered_by_its_entry_point():
    assert lipschitz.build("spectral_regularization", coefficient=0.1) == SpectralRegularization(
        coefficient=0.1
    )
