"""The names of the package: those that users rely on, and nothing that would surprise them."""

import subprocess
import sys
from types import ModuleType

import pytest

import lipschitz

FUNCTIONS = [
    "build",
    "compose",
    "constraints",
    "every",
    "gradient_norms",
    "hookimpl",
    "input_gradients",
    "interpolate",
    "no_penalty",
    "one_sided",
    "plugin_manager",
    "product_bound",
    "scheduled",
    "steepest_slope",
    "two_sided",
]
CLASSES = ["Batch", "Constraint", "CriticOutput", "LipschitzError"]


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_public_names_are_there_and_documented(name):
    value = getattr(lipschitz, name)
    assert value.__doc__, f"lipschitz.{name} has no docstring"


def test_every_public_name_is_the_packages_own():
    for name, value in vars(lipschitz).items():
        if not name.startswith("_") and not isinstance(value, ModuleType):
            assert getattr(value, "__module__", "lipschitz").split(".")[0] in {"lipschitz", "pluggy"}, name


def test_a_fresh_process_runs_the_example_silently_and_imports_nothing_optional():
    optional = ["hypothesis", "pydantic", "yaml", "matplotlib", "sklearn", "lightning_fabric", "ot", "typer"]
    script = f"""
import sys, torch, lipschitz, lipschitz.testing
critic = torch.nn.Linear(2, 1)
constraint = lipschitz.build("one_sided_gradient_penalty", coefficient=10)
critic = constraint.prepare(critic)
batch = lipschitz.Batch(real=torch.randn(8, 2), fake=torch.randn(8, 2))
print(tuple(constraint.penalty(critic, batch).shape))
constraint.project(critic)
print([name for name in {optional} if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "(8,)\n[]\n"
    assert ran.stderr == ""
