"""The plugin host: a broken plugin is refused alone, with its name, its distribution and the reason."""

import textwrap
import warnings
from types import SimpleNamespace

import pytest

from lipschitz import PluginError, UnknownNameError, hookimpl, hookspecs
from lipschitz.host import PluginHost, PluginWarning
from lipschitz.registry import CONSTRAINTS

BUILT_IN = {
    "one_sided_gradient_penalty",
    "spectral_norm",
    "two_sided_gradient_penalty",
    "weight_clipping",
}

GOOD = """
    from dataclasses import dataclass
    from lipschitz import Constraint, hookimpl

    @dataclass(frozen=True, kw_only=True)
    class Drift(Constraint):
        name = "drift"

        def penalty(self, critic, batch):
            return critic(batch.real).square()

    @hookimpl
    def register_constraints(register):
        register(Drift)
"""


def broken(body):
    """Return the source of a plugin like GOOD whose class is something else."""
    header, _, rest = textwrap.dedent(GOOD).partition("@dataclass")
    footer = rest[rest.index("@hookimpl") :]
    return header + textwrap.dedent(body) + "\n" + footer


BROKEN = {
    "missing module": (None, "ModuleNotFoundError: No module named 'missing_module'"),
    "import error": (
        "import a_library_nobody_has",
        "ModuleNotFoundError: No module named 'a_library_nobody_has'",
    ),
    "syntax error": ("def (:", "SyntaxError: "),
    "error while importing": ("1 / 0", "ZeroDivisionError: division by zero"),
    "unknown hook": (
        "from lipschitz import hookimpl\n@hookimpl\ndef register_constraint(register): pass",
        "PluginValidationError: unknown hook 'register_constraint'",
    ),
    "unknown argument of the hook": (
        "from lipschitz import hookimpl\n@hookimpl\ndef register_constraints(registry): pass",
        "PluginValidationError: ",
    ),
    "hook without its mark": (
        "def register_constraints(register): pass",
        "it implements no hook; mark its function with @lipschitz.hookimpl",
    ),
    "raising in the hook": (
        "from lipschitz import hookimpl\n@hookimpl\ndef register_constraints(register): raise KeyError('oops')",
        "KeyError: 'oops'",
    ),
    "no dataclass": (
        broken('class Drift(Constraint):\n    name = "drift"\n    def penalty(self, critic, batch): pass'),
        "Drift is not a dataclass; decorate it with @dataclass(frozen=True, kw_only=True)",
    ),
    "not frozen": (
        broken("@dataclass\nclass Drift(Constraint):\n    pass"),
        "TypeError: cannot inherit non-frozen dataclass from a frozen one",
    ),
    "no name": (
        broken(
            "@dataclass(frozen=True)\nclass Drift(Constraint):\n    def project(self, critic, step=0): pass"
        ),
        "Drift needs a class attribute `name` in snake_case, got None",
    ),
    "name in another style": (
        broken('@dataclass(frozen=True)\nclass Drift(Constraint):\n    name = "Drift-1"'),
        "Drift needs a class attribute `name` in snake_case, got 'Drift-1'",
    ),
    "name as a field": (
        broken('@dataclass(frozen=True)\nclass Drift(Constraint):\n    name: str = "drift"'),
        "Drift has a field called 'name'; set `name = ...` on the class without annotation",
    ),
    "overriding nothing": (
        broken('@dataclass(frozen=True)\nclass Drift(Constraint):\n    name = "drift"'),
        "Drift overrides none of prepare, penalty, project: it would constrain nothing",
    ),
    "an instance": (
        textwrap.dedent(GOOD).replace("register(Drift)", "register(Drift())"),
        "is not a class deriving from lipschitz.Constraint; register the class itself",
    ),
    "no constraint at all": (
        broken("class Drift:\n    name = 'drift'"),
        "Drift is not a class deriving from lipschitz.Constraint",
    ),
    "a taken name": (
        textwrap.dedent(GOOD).replace('"drift"', '"weight_clipping"'),
        "constraint 'weight_clipping' is already registered by plugin 'weight_clipping' of torch-lipschitz",
    ),
    "a name twice": (
        textwrap.dedent(GOOD) + "    register(Drift)\n",
        "registers constraint 'drift' twice",
    ),
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that installs a distribution with one plugin, as pip would, for the length of a test."""

    def install(source, *, plugin="outsider", distribution="zz-outsider", module=None):
        module = module or f"{distribution.replace('-', '_')}_{abs(hash(source)) % 10**8}"
        if source is not None:
            (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        folder = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (folder / "entry_points.txt").write_text(f"[lipschitz]\n{plugin} = {module}\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    return install


def loaded():
    """Return a new host with every installed plugin loaded and collected, and what it warned of."""
    host = PluginHost(hookspecs.PROJECT, hookspecs)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        host.load_entry_points()
        host.collect(CONSTRAINTS)
    return host, [str(w.message) for w in caught if issubclass(w.category, PluginWarning)]


def test_built_in_plugins_load_without_a_warning():
    host, problems = loaded()
    assert problems == []
    assert set(host.collect(CONSTRAINTS)) >= BUILT_IN
    for name in BUILT_IN:
        assert host.infos[name].provides == {"register_constraints": [name]}
        assert host.infos[name].distribution.startswith("torch-lipschitz ")


def test_an_outsider_is_found_through_its_entry_point(install):
    install(GOOD)
    host, problems = loaded()
    assert problems == []
    assert host.lookup(CONSTRAINTS, "drift").__name__ == "Drift"
    assert host.infos["outsider"].distribution == "zz-outsider 1.2"
    assert host.infos["outsider"].provides == {"register_constraints": ["drift"]}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_refused_alone(install, kind):
    source, reason = BROKEN[kind]
    install(source, module="missing_module" if source is None else None)
    host, problems = loaded()
    assert len(problems) == 1, problems
    assert problems[0].startswith("plugin 'outsider' of zz-outsider 1.2 was refused: ")
    assert reason in problems[0]
    assert set(host.collect(CONSTRAINTS)) >= BUILT_IN, "the others live"
    assert host.refused["outsider"].problem == problems[0]
    assert "outsider" not in host.infos
    with pytest.raises(PluginError) as raised:
        host.lookup(CONSTRAINTS, "outsider")
    assert str(raised.value) == problems[0]


@pytest.mark.parametrize("kind", ["overriding nothing", "no dataclass", "a name twice"])
def test_asking_for_what_a_refused_plugin_offers_raises_the_reason(install, kind):
    install(BROKEN[kind][0])
    host, problems = loaded()
    with pytest.raises(PluginError) as raised:
        host.lookup(CONSTRAINTS, "drift")
    assert str(raised.value) == problems[0]


def test_a_refused_plugin_is_reported_once(install):
    install(BROKEN["overriding nothing"][0])
    host, problems = loaded()
    assert len(problems) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        host.collect(CONSTRAINTS)


def test_a_taken_plugin_name_is_refused_and_the_first_stays(install):
    install(GOOD, plugin="weight_clipping")
    host, problems = loaded()
    assert len(problems) == 1
    assert "plugin 'weight_clipping (zz-outsider 1.2)' of zz-outsider 1.2 was refused" in problems[0]
    assert "the plugin name 'weight_clipping' is already taken by torch-lipschitz" in problems[0]
    assert host.lookup(CONSTRAINTS, "weight_clipping").__name__ == "WeightClipping"
    with pytest.raises(UnknownNameError):
        host.lookup(CONSTRAINTS, "drift")


def test_two_broken_plugins_are_refused_each_on_its_own(install):
    install(BROKEN["raising in the hook"][0], plugin="first", distribution="zz-first")
    install(BROKEN["syntax error"][0], plugin="second", distribution="zz-second")
    install(GOOD, plugin="third", distribution="zz-third")
    host, problems = loaded()
    assert sorted(host.refused) == ["first", "second"]
    assert len(problems) == 2
    assert "drift" in host.collect(CONSTRAINTS)


@pytest.mark.parametrize("distribution", ["aa-outsider", "zz-outsider"])  # loaded first, loaded last
def test_a_hook_under_another_function_name_belongs_to_its_plugin_only(install, distribution):
    source = textwrap.dedent(GOOD).replace("@hookimpl", '@hookimpl(specname="register_constraints")')
    install(source.replace("def register_constraints", "def announce"), distribution=distribution)
    host, problems = loaded()
    assert problems == []
    assert host.infos["outsider"].provides == {"register_constraints": ["drift"]}
    assert host.infos["weight_clipping"].provides == {"register_constraints": ["weight_clipping"]}


@pytest.mark.parametrize("value", ["outsider", " weight_clipping , outsider,,"])
def test_disabled_plugins_are_left_out(install, monkeypatch, value):
    install("raise RuntimeError('must not even be imported')")
    monkeypatch.setenv("LIPSCHITZ_DISABLED_PLUGINS", value)
    host, problems = loaded()
    assert problems == []
    assert "outsider" not in host.infos
    assert ("weight_clipping" in host.collect(CONSTRAINTS)) is ("weight_clipping" not in value)


def test_asking_for_a_disabled_plugin_says_that_it_is(monkeypatch):
    monkeypatch.setenv("LIPSCHITZ_DISABLED_PLUGINS", "weight_clipping")
    host, _ = loaded()
    with pytest.raises(PluginError, match="'weight_clipping' is disabled by LIPSCHITZ_DISABLED_PLUGINS"):
        host.lookup(CONSTRAINTS, "weight_clipping")


def test_unknown_names_list_what_there_is():
    host, _ = loaded()
    with pytest.raises(UnknownNameError, match="Did you mean 'spectral_norm'.*weight_clipping"):
        host.lookup(CONSTRAINTS, "spectral_nrom")


def plugin(*classes):
    @hookimpl
    def register_constraints(register):
        for cls in classes:
            register(cls)

    return SimpleNamespace(register_constraints=register_constraints)


def test_plugins_are_added_and_removed_by_hand():
    host, _ = loaded()
    host.add(plugin(), "mine")
    assert host.infos["mine"].distribution == "(this session)"
    host.remove("mine")
    assert "mine" not in host.infos
    host.add(plugin(), "mine")
    host.remove("mine")
    host.remove("mine")


def test_adding_under_a_taken_name_raises_and_changes_nothing():
    host, _ = loaded()
    host.add(plugin(), "mine")
    with pytest.raises(PluginError, match="the plugin name 'mine' is already taken"):
        host.add(plugin(), "mine")
    assert "mine" in host.infos


def test_adding_a_broken_plugin_raises_the_reason():
    host, _ = loaded()
    with (
        pytest.warns(PluginWarning),
        pytest.raises(PluginError, match="plugin 'mine' of .this session. was refused"),
    ):
        host.add(SimpleNamespace(), "mine")
    host.remove("mine")
    assert "mine" not in host.refused
