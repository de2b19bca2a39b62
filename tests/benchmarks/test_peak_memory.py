import pytest
import torch
from torch.func import grad, vmap

CPU = torch.device("cpu")
KILO = 250  # float32 numbers in a thousand bytes


@pytest.fixture
def peak(script):
    return lambda job: script("peak_memory").peak_bytes(job, CPU)


def test_what_lives_together_counts_together(peak):
    def chain():
        a = torch.empty(100 * KILO)
        b = torch.empty(200 * KILO)
        del a
        c = torch.empty(50 * KILO)
        del b, c

    assert peak(chain) == 300_000


def test_one_after_the_other_counts_once(peak):
    def one_by_one():
        for _ in range(5):
            torch.empty(100 * KILO)

    assert peak(one_by_one) == 100_000


def test_nothing_allocated(peak):
    assert peak(lambda: None) == 0


def test_release_of_older_memory_never_raises_the_peak(peak):
    held = [torch.empty(100 * KILO)]
    assert peak(held.clear) == 0


def test_what_autograd_saves_is_seen(peak):
    x = torch.ones(100 * KILO, requires_grad=True)

    def forward():
        x.exp().exp()  # each saves its result

    with torch.no_grad():
        assert peak(lambda: x.exp()) == 100_000
    assert peak(forward) == 200_000


def test_what_torch_func_holds_is_seen(peak):
    x = torch.ones(100, KILO)
    # The result of exp is saved for its derivative, the sum of each row is 4 bytes: at least those two tensors
    # and the gradient.
    assert 200_000 <= peak(lambda: vmap(grad(lambda row: row.exp().sum()))(x)) <= 310_000
