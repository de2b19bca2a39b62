"""Rewritten rectifiers: values and all derivatives equal PyTorch's own, in every form, at zeros and with NaN."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from lipschitz import gradient_norms, input_gradients, two_sided
from lipschitz.testing.strategies import PIECEWISE_LINEAR, batches, critics, tensors
from lipschitz.zero_free import REWRITES, activations, plain_double_backward, zero_free

# Every spelling of a rectifier, as x -> activation(x); the in-place ones work on a copy.
FORMS = {
    "nn.ReLU": nn.ReLU(),
    "nn.ReLU in place": lambda x: nn.ReLU(inplace=True)(x.clone()),
    "F.relu": F.relu,
    "F.relu in place": lambda x: F.relu(x.clone(), inplace=True),
    "F.relu_": lambda x: F.relu_(x.clone()),
    "torch.relu": torch.relu,
    "torch.relu_": lambda x: torch.relu_(x.clone()),
    "Tensor.relu": Tensor.relu,
    "method relu": lambda x: x.relu(),
    "method relu_": lambda x: x.clone().relu_(),
    "nn.LeakyReLU": nn.LeakyReLU(0.2),
    "nn.LeakyReLU in place": lambda x: nn.LeakyReLU(0.2, inplace=True)(x.clone()),
    "nn.LeakyReLU, negative": nn.LeakyReLU(-0.5),
    "nn.LeakyReLU, zero": nn.LeakyReLU(0.0),
    "F.leaky_relu": F.leaky_relu,
    "F.leaky_relu, by position": lambda x: F.leaky_relu(x, 0.3),
    "F.leaky_relu in place": lambda x: F.leaky_relu(x.clone(), negative_slope=0.3, inplace=True),
    "F.leaky_relu_": lambda x: F.leaky_relu_(x.clone(), 0.3),
    "F.prelu": lambda x: F.prelu(x, x.new_full((1,), 0.3)),
    "nn.PReLU by channel": lambda x: F.prelu(x, torch.linspace(-0.5, 0.7, x.shape[1]).to(x)),
    "Tensor.prelu": lambda x: x.prelu(x.new_full((1,), 0.2)),
    "nn.RReLU in evaluation": nn.RReLU().eval(),
    "torch.rrelu": torch.rrelu,
    "abs": abs,
    "torch.abs": torch.abs,
    "torch.absolute": torch.absolute,
    "method abs": lambda x: x.abs(),
    "method absolute": lambda x: x.absolute(),
    "method abs_": lambda x: x.clone().abs_(),
    "nn.Hardtanh": nn.Hardtanh(-0.5, 0.7),
    "nn.Hardtanh in place": lambda x: nn.Hardtanh(-0.5, 0.7, inplace=True)(x.clone()),
    "F.hardtanh_": lambda x: F.hardtanh_(x.clone()),
    "nn.ReLU6": nn.ReLU6(),
    "F.relu6": F.relu6,
    "F.relu6 in place": lambda x: F.relu6(x.clone(), inplace=True),
    "nn.Hardsigmoid": nn.Hardsigmoid(),
    "nn.Hardsigmoid in place": lambda x: nn.Hardsigmoid(inplace=True)(x.clone()),
    "nn.Threshold": nn.Threshold(0.1, -0.3),
    "nn.Threshold in place": lambda x: nn.Threshold(0.0, 0.0, inplace=True)(x.clone()),
    "torch.threshold": lambda x: torch.threshold(x, 0.1, 20.0),
    "F.threshold_": lambda x: F.threshold_(x.clone(), 0.1, 20.0),
    "nn.Hardshrink": nn.Hardshrink(0.3),
    "torch.hardshrink": torch.hardshrink,
    "method hardshrink": lambda x: x.hardshrink(0.3),
    "nn.Softshrink": nn.Softshrink(0.3),
}

TWICE = [name for name in FORMS if "ardsigmoid" not in name]
"""Those that PyTorch can differentiate twice, so that there is something to compare with."""

PYTORCHS_SIXTH = 2**-24
"""Relative error of the slope of hard sigmoid in PyTorch: 1/6 rounded to single precision, whatever the dtype."""


class Through(nn.Module):
    """An activation between two linear maps."""

    def __init__(self, activation):
        super().__init__()
        self.activation = activation
        self.first = nn.Linear(3, 4, dtype=torch.float64)
        self.last = nn.Linear(4, 1, dtype=torch.float64)

    def forward(self, x):
        return self.last(self.activation(self.first(x)))


def same(a, b):
    """Return whether two tensors are equal bit for bit, NaN counting as equal to NaN."""
    return torch.equal(torch.nan_to_num(a, nan=12345.0), torch.nan_to_num(b, nan=12345.0))


def evaluate(critic, points, engine="vmap"):
    """Return slopes, and the derivatives of a penalty by parameter, a missing one as zeros."""
    slopes = gradient_norms(critic, points, engine=engine)
    parameters = list(critic.parameters())
    found = torch.autograd.grad(two_sided(slopes).mean(), parameters, allow_unused=True)
    return slopes, [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


@pytest.mark.parametrize("form", FORMS)
@given(x=tensors((5, 4)), zeros=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=5))
def test_values_are_those_of_pytorch(form, x, zeros):
    for i, j in zeros:
        x[i, j] = 0.0
    x[0, 0] = torch.nan
    x[1, 1] = torch.inf
    with zero_free(FORMS[form]):
        got = FORMS[form](x)
    assert same(got, FORMS[form](x))


@pytest.mark.parametrize("form", FORMS)
@given(x=tensors((5, 4)), zeros=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=5))
def test_first_derivatives_are_those_of_pytorch(form, x, zeros):
    for i, j in zeros:
        x[i, j] = 0.0
    x[0, 0] = torch.nan
    x.requires_grad_()
    (want,) = torch.autograd.grad(FORMS[form](x).sum(), x)
    with zero_free(FORMS[form]):
        y = FORMS[form](x)
    (got,) = torch.autograd.grad(y.sum(), x)
    # The derivative at NaN is a convention nobody relies on.
    if "ardsigmoid" in form:
        torch.testing.assert_close(got[~x.isnan()], want[~x.isnan()], rtol=PYTORCHS_SIXTH, atol=0)
    else:
        assert same(got[~x.isnan()], want[~x.isnan()])


@pytest.mark.parametrize("engine", ["vmap", "batched", "loop"])
@pytest.mark.parametrize("form", TWICE)
def test_penalties_and_their_derivatives_are_those_of_the_plain_double_backward(form, engine):
    if "rrelu" in form.lower() and engine == "vmap":
        pytest.skip("PyTorch's own has no rule for vmap, so there is nothing to compare with")
    critic = Through(FORMS[form])
    points = torch.randn(6, 3, dtype=torch.float64)
    points[0] = 0
    slopes, derivatives = evaluate(critic, points, engine)
    with plain_double_backward():
        want_slopes, want = evaluate(critic, points, engine)
    assert torch.equal(slopes, want_slopes)
    for a, b in zip(derivatives, want, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@given(critics(shape=(2, 3, 3), activations=PIECEWISE_LINEAR), batches(shape=(2, 3, 3)))
def test_random_critics_have_equal_penalties_and_derivatives(critic, batch):
    slopes, derivatives = evaluate(critic, batch.real)
    with plain_double_backward():
        want_slopes, want = evaluate(critic, batch.real)
    torch.testing.assert_close(slopes, want_slopes, rtol=1e-13, atol=0)
    for a, b in zip(derivatives, want, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_exact_zeros_have_the_derivative_pytorch_gives_them(form):
    # Zero biases and a zero input put every unit on its kink.
    critic = Through(FORMS[form])
    nn.init.zeros_(critic.first.bias)
    points = torch.zeros(2, 3, dtype=torch.float64)
    got = input_gradients(critic, points)
    with plain_double_backward():
        want = input_gradients(critic, points, engine="batched")
    torch.testing.assert_close(got, want, rtol=PYTORCHS_SIXTH if "ardsigmoid" in form else 1e-15, atol=0)


@pytest.mark.parametrize("form", FORMS)
def test_nan_in_one_sample_stays_there(form):
    critic = Through(FORMS[form])
    points = torch.randn(4, 3, dtype=torch.float64)
    want = input_gradients(critic, points)
    points[2] = torch.nan
    got = input_gradients(critic, points)
    assert torch.equal(got[[0, 1, 3]], want[[0, 1, 3]])


@pytest.mark.parametrize("form", FORMS)
def test_infinities_do_not_raise(form):
    # 0 * inf: the score may become NaN where PyTorch's is 0, but no error is raised and no other sample suffers.
    x = torch.tensor([[-torch.inf], [torch.inf], [1.0], [-1.0]])
    with zero_free(FORMS[form]):
        got = FORMS[form](x)
    assert torch.equal(got[1:], FORMS[form](x)[1:])
    gradients = input_gradients(lambda p: FORMS[form](p)[:, 0], x)
    assert gradients[1:].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("form", FORMS)
def test_dtypes_are_kept(form, dtype):
    x = torch.tensor([[-2.0, 3.0]], dtype=dtype)
    with zero_free(FORMS[form]):
        got = FORMS[form](x)
    assert got.dtype is dtype
    assert torch.equal(got, FORMS[form](x))


IN_PLACE = {
    "nn.ReLU": nn.ReLU(inplace=True),
    "F.relu_": F.relu_,
    "Tensor.relu_": Tensor.relu_,
    "F.leaky_relu_": F.leaky_relu_,
    "nn.RReLU": nn.RReLU(inplace=True).eval(),
    "Tensor.abs_": Tensor.abs_,
    "nn.Hardtanh": nn.Hardtanh(inplace=True),
    "nn.ReLU6": nn.ReLU6(inplace=True),
    "nn.Hardsigmoid": nn.Hardsigmoid(inplace=True),
    "nn.Threshold": nn.Threshold(0.1, 0.2, inplace=True),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_forms_work_in_place(name):
    x = torch.tensor([-1.0, 2.0, 7.0])
    want = IN_PLACE[name](x.clone())
    with zero_free(IN_PLACE[name]):
        assert IN_PLACE[name](x) is x
    assert torch.equal(x, want)


@pytest.mark.parametrize("form", TWICE)
def test_no_zero_is_pushed_through_the_forward_pass(form):
    """The point of it all: a bias, reached by nothing but zeros, gets no gradient instead of a zero."""
    critic = Through(FORMS[form])

    def gradient_of_bias():
        value = two_sided(gradient_norms(critic, torch.ones(3, 3, dtype=torch.float64))).sum()
        return torch.autograd.grad(value, critic.first.bias, allow_unused=True)[0]

    assert gradient_of_bias() is None
    with plain_double_backward():
        assert torch.equal(gradient_of_bias(), torch.zeros(4, dtype=torch.float64))


def test_hardsigmoid_can_be_differentiated_twice_where_pytorch_cannot():
    critic = Through(nn.Hardsigmoid())
    points = torch.randn(6, 3, dtype=torch.float64)
    slopes, derivatives = evaluate(critic, points)
    weight, last = critic.first.weight.detach(), critic.last.weight.detach()
    inside = (critic.first(points).abs() < 3).double() / 6
    want = torch.linalg.vector_norm((inside * last) @ weight, dim=1)
    torch.testing.assert_close(slopes, want)
    assert derivatives[0].abs().max() > 0
    with plain_double_backward(), pytest.raises(RuntimeError, match="not implemented"):
        evaluate(critic, points, "batched")


def test_every_rewritten_activation_is_tested_above():
    seen = set()

    class Watch(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.add(func)
            return func(*args, **(kwargs or {}))

    with Watch():
        for form in FORMS.values():
            form(torch.ones(1, 1))
        F.rrelu(torch.ones(1))  # the module calls it only in some versions
    ours = {func for func, replacement in REWRITES.items() if hasattr(activations, replacement.__name__)}
    assert ours <= seen


@pytest.mark.parametrize("value", ["integers", "complex", "out", "keywords"])
def test_unusual_calls_stay_those_of_pytorch(value):
    target = torch.zeros(2)
    calls = {
        "integers": lambda: torch.abs(torch.tensor([-1, 2])),
        "complex": lambda: torch.abs(torch.tensor([3 + 4j])),
        "out": lambda: torch.abs(torch.tensor([-1.0, 2.0]), out=target),
        "keywords": lambda: F.relu(input=torch.tensor([-1.0, 2.0])),
    }
    want = calls[value]().clone()
    with zero_free(F.relu):
        assert torch.equal(calls[value](), want)
