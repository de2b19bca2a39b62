"""What authors of plugins are told: every signature is the real one, every example can be registered and used."""

import inspect
import re
import sys
from pathlib import Path

import pytest
import torch

import lipschitz
from lipschitz import hookspecs as core_hooks
from lipschitz.testing import strategies
from lipschitz_trainers import hookspecs as trainer_hooks
from lipschitz_trainers import registry
from lipschitz_trainers.config import constraints as constraint_blocks
from lipschitz_trainers.config.yaml12 import load_yaml
from lipschitz_trainers.data.base import Dataset, Source, Stream
from lipschitz_trainers.extractors.base import Extractor, OpenedExtractor
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.objectives.base import Objective

DOCS = Path(__file__).parent.parent / "docs"
WRITING = (DOCS / "writing-a-plugin.md").read_text(encoding="utf-8")
TESTING = (DOCS / "testing-a-plugin.md").read_text(encoding="utf-8")


def signature(function):
    """Return a signature as its source spells it: annotations are strings there already."""
    return f"def {function.__name__}{inspect.signature(function)}".replace("'", "")


def section(hook):
    """Return the part of the page on one hook."""
    return re.split(r"\n##+ ", WRITING.partition(f"### `{hook}(register)`")[2])[0]


@pytest.fixture(scope="module")
def examples():
    """Run every example of the page; the classes by name, and the hooks."""
    namespace = {"__name__": "plugin_example"}
    sys.modules["plugin_example"] = type(sys)("plugin_example")
    try:
        for block in re.findall(r"```python\n(.*?)```", WRITING, flags=re.DOTALL):
            exec(compile(block, "writing-a-plugin.md", "exec"), namespace)
            vars(sys.modules["plugin_example"]).update(namespace)
        yield namespace
    finally:
        del sys.modules["plugin_example"]


HOOKS = [
    function
    for module in (core_hooks, trainer_hooks)
    for name, function in vars(module).items()
    if name.startswith("register_")
]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.__name__)
def test_every_hook_is_documented_with_its_exact_signature(hook):
    assert signature(hook) in section(hook.__name__)


METHODS = [
    ("register_datasets", [Dataset.open, Source.train, Source.held_out, Stream.next]),
    ("register_networks", [Network.build]),
    ("register_objectives", [Objective.critic_loss, Objective.generator_loss]),
    ("register_metrics", [Metric.applies_to, Metric.measure]),
    ("register_extractors", [Extractor.open, OpenedExtractor.look]),
]


@pytest.mark.parametrize(("hook", "methods"), METHODS, ids=lambda value: str(value)[:20])
def test_every_method_is_documented_with_its_exact_signature(hook, methods):
    for method in methods:
        assert signature(method) in section(hook)


def test_the_three_moments_are_documented_with_their_exact_signatures():
    for moment in ("prepare", "penalty", "project"):
        assert signature(getattr(lipschitz.Constraint, moment)) in WRITING


def test_every_class_attribute_is_documented_with_its_default():
    own = {
        name: getattr(lipschitz.Constraint, name, None)
        for name in inspect.get_annotations(lipschitz.Constraint)
    }
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", WRITING, flags=re.MULTILINE))
    for name, default in own.items():
        assert name in rows, name
        if name == "name":
            continue
        shown = default if isinstance(default, str | bool | frozenset) else dict(default)
        assert rows[name] == f"`{shown!r}`".replace("'", '"')


def test_the_examples_register_in_every_axis(examples):
    for kind, axis in registry.AXES.items():
        classes = []
        examples[axis.hook](classes.append)
        assert len(classes) == 1
        axis.validate(classes[0])
        assert classes[0].name.endswith("_example"), kind


def test_the_examples_work(examples):
    source = examples["TwoSegments"]().open()
    generator = torch.Generator().manual_seed(0)
    real = source.train(generator).next(7).x
    assert real.shape == (7, *source.shape)
    assert set(real[:, 1].tolist()) <= {0.0, 1.0}
    critic = examples["Affine"]().build((2,), ())
    assert critic(real).shape == (7,)
    assert examples["Affine"]().build((3,), (2,))(torch.zeros(4, 3)).shape == (4, 2)
    objective = examples["Bounded"]()
    output = lipschitz.CriticOutput(critic(real))
    batch = lipschitz.Batch(real=real, fake=real)
    assert objective.critic_loss(output, output, batch).abs().max() == 0
    assert objective.generator_loss(output, batch).shape == (7,)
    fake = real + torch.tensor([3.0, 4.0])
    evaluation = Evaluation(
        real=real, fake=fake, second_real=real, critic=critic, source=source, generator=generator
    )
    assert examples["MeanGap"]().measure(evaluation)["mean_gap_example"] == pytest.approx(5)
    colours = examples["MeanColour"]().open(source).outputs(torch.ones(2, 3, 4, 4))
    assert colours.features.tolist() == [[1, 1, 1]] * 2
    assert colours.probabilities.sum(dim=1) == pytest.approx([1, 1])
    with lipschitz.registry.registered(examples["LipschitzQuotient"]):
        block = {"name": "lipschitz_quotient_example", "coefficient": 3}
        assert constraint_blocks.parse_constraint(block) == examples["LipschitzQuotient"](coefficient=3)


def test_the_yaml_examples_are_constraints(examples):
    blocks = re.findall(r"```yaml\n(.*?)```", WRITING, flags=re.DOTALL)
    assert len(blocks) == 2
    with lipschitz.registry.registered(examples["LipschitzQuotient"]):
        for block in blocks:
            value = load_yaml(block, "writing-a-plugin.md").data["constraint"]
            assert isinstance(constraint_blocks.parse_constraint(value), lipschitz.Constraint)


def test_every_strategy_is_documented():
    public = {
        name
        for name, value in vars(strategies).items()
        if inspect.isfunction(value) and value.__module__ == strategies.__name__ and not name.startswith("_")
    }
    table = TESTING.partition("## Strategies")[2]
    documented = set(re.findall(r"`(\w+)\([^`]*\)`", table.partition("`PIECEWISE_LINEAR`")[0]))
    assert documented == public
    for name in ("PIECEWISE_LINEAR", "SMOOTH"):
        assert hasattr(strategies, name)
        assert f"`{name}`" in table


def test_every_argument_of_check_constraint_and_every_law_is_documented():
    from lipschitz.testing import check_constraint
    from lipschitz.testing.trial import LAWS

    for name in inspect.signature(check_constraint).parameters:
        assert name in ("constraint", "seed") or f"| `{name}=" in TESTING
    for number, law in LAWS.items():
        assert f"| {number} {law} |" in TESTING


def test_documented_defaults_of_strategies_are_the_real_ones():
    for name, given in re.findall(r"`(\w+)\(([^`]*=[^`]*)\)`", TESTING.partition("## Strategies")[2]):
        parameters = inspect.signature(getattr(strategies, name)).parameters
        for key, value in re.findall(r"(\w+)=(\d[\d.]*|\(\))(?:,|$)", given):
            assert repr(parameters[key].default) == value, (name, key)
