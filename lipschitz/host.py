"""A pluggy manager that refuses a broken plugin alone, says why, and keeps the others working.

Used by the core for constraints and by the trainer for its own axes (datasets, networks, ...), so both kinds
of plugin fail in the same way: one warning, the reason in `lipschitz plugins`, an error when its name is asked
for.
"""

from __future__ import annotations

import importlib.metadata
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Generic, TypeVar

import pluggy

from lipschitz.errors import PluginError, unknown_name

T = TypeVar("T")

DISABLED_VARIABLE = "LIPSCHITZ_DISABLED_PLUGINS"
"""Environment variable with the names of plugins to leave out, separated by commas."""

LOCAL = "(this session)"
"""Distribution name shown for plugins registered by hand rather than through an entry point."""


class PluginWarning(UserWarning):
    """A plugin was refused; the rest goes on."""


@dataclass(frozen=True)
class PluginInfo:
    """A plugin as `lipschitz plugins` shows it.

    Attributes:
        name: its entry-point name.
        distribution: the installed distribution it comes from, with version.
        provides: registered names by hook, filled as hooks are collected.
        problem: why it was refused, or an empty string.
    """

    name: str
    distribution: str
    provides: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    problem: str = ""


@dataclass(frozen=True)
class Axis(Generic[T]):
    """One kind of thing plugins register.

    Attributes:
        kind: singular noun for messages, such as ``"constraint"``.
        hook: name of the hook that registers it.
        name_of: returns the registered name of an item.
        validate: raises `PluginError` when an item may not be registered.
    """

    kind: str
    hook: str
    name_of: Callable[[T], str]
    validate: Callable[[T], None]


class PluginHost(pluggy.PluginManager):
    """Loads the plugins of one entry-point group and collects what they register."""

    def __init__(self, group: str, specs: ModuleType) -> None:
        """Create the host; `load_entry_points` fills it.

        Args:
            group: pluggy project name, which is also the entry-point group.
            specs: module with the hook specifications.
        """
        super().__init__(group)
        self.add_hookspecs(specs)
        self.infos: dict[str, PluginInfo] = {}
        self.refused: dict[str, PluginInfo] = {}
        self._claimed: dict[str, PluginInfo] = {}
        for name in os.environ.get(DISABLED_VARIABLE, "").split(","):
            if name.strip():
                self.set_blocked(name.strip())

    def load_entry_points(self) -> None:
        """Register every plugin of the group, in the order of distribution and name."""
        found = importlib.metadata.entry_points(group=self.project_name)
        described = {(_distribution(point), point.name, point.value): point for point in found}
        for (distribution, name, _), point in sorted(described.items()):
            if not self.is_blocked(name):
                self._admit(name, distribution, point.load)

    def add(self, plugin: object, name: str) -> None:
        """Register a plugin by hand, for instance from a notebook or a test.

        Raises:
            PluginError: it was refused, or the name is taken.
        """
        if name in self.infos:
            raise PluginError(f"the plugin name {name!r} is already taken; remove that plugin first.")
        self._admit(name, LOCAL, lambda: plugin)
        if name in self.refused:
            raise PluginError(self.refused[name].problem)

    def remove(self, name: str) -> None:
        """Forget a plugin registered by hand."""
        if self.has_plugin(name):
            self.unregister(name=name)
        self.infos.pop(name, None)
        self.refused.pop(name, None)
        self._claimed = {key: info for key, info in self._claimed.items() if info.name != name}

    def collect(self, axis: Axis[T]) -> dict[str, T]:
        """Return everything the admitted plugins register for one axis, by name.

        A plugin that raises, registers something invalid or takes a taken name is refused as a whole.
        """
        items: dict[str, T] = {}
        owners: dict[str, PluginInfo] = {}
        for name, info in list(self.infos.items()):
            offered: list[T] = []
            try:
                self._ask(name, axis.hook, offered.append)
                for i, item in enumerate(offered):
                    axis.validate(item)
                    item_name = axis.name_of(item)
                    if item_name in (axis.name_of(other) for other in offered[:i]):
                        raise PluginError(f"it registers {axis.kind} {item_name!r} twice.")
                    if item_name in owners:
                        owner = owners[item_name]
                        raise PluginError(
                            f"{axis.kind} {item_name!r} is already registered by plugin {owner.name!r} of "
                            f"{owner.distribution}; give yours another name."
                        )
            except Exception as error:
                self._refuse(name, info.distribution, error)
                for item in offered:
                    self._claim(axis, item, name)
                continue
            for item in offered:
                items[axis.name_of(item)] = item
                owners[axis.name_of(item)] = info
            if offered:
                info.provides[axis.hook] = [axis.name_of(item) for item in offered]
        return items

    def lookup(self, axis: Axis[T], name: str) -> T:
        """Return what is registered under `name`.

        Raises:
            PluginError: the plugin of that name was refused or disabled; the message gives the reason.
            UnknownNameError: nobody registered it; the message lists all and the closest name.
        """
        items = self.collect(axis)
        if name in items:
            return items[name]
        refused = self._claimed.get(name) or self.refused.get(name)
        if refused is not None:
            raise PluginError(refused.problem)
        if self.is_blocked(name):
            raise PluginError(f"the plugin {name!r} is disabled by {DISABLED_VARIABLE} in the environment.")
        raise unknown_name(axis.kind, name, items)

    def _ask(self, name: str, hook: str, register: Callable[[Any], None]) -> None:
        # One plugin at a time, so that what it registers and how it fails are known to be its own.
        for implementation in getattr(self.hook, hook).get_hookimpls():
            if implementation.plugin_name == name:
                implementation.function(*[register for _ in implementation.argnames])

    def _admit(self, name: str, distribution: str, load: Callable[[], Any]) -> None:
        if name in self.infos:
            error = PluginError(
                f"the plugin name {name!r} is already taken by {self.infos[name].distribution}; "
                f"rename the entry point."
            )
            # The earlier plugin stays; this one is listed under a name of its own.
            self._refuse(f"{name} ({distribution})", distribution, error, unregister=False)
            return
        try:
            plugin = load()
            self.register(plugin, name=name)
            self.check_pending()
            if not self.get_hookcallers(plugin):
                raise PluginError(
                    f"it implements no hook; mark its function with @{self.project_name}.hookimpl."
                )
        except Exception as error:
            self._refuse(name, distribution, error)
            return
        self.infos[name] = PluginInfo(name, distribution)

    def _refuse(self, name: str, distribution: str, error: Exception, unregister: bool = True) -> None:
        if unregister and self.has_plugin(name):
            self.unregister(name=name)
        self.infos.pop(name, None)
        reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        problem = f"plugin {name!r} of {distribution} was refused: {reason}"
        self.refused[name] = PluginInfo(name, distribution, problem=problem)
        warnings.warn(problem, PluginWarning, stacklevel=4)

    def _claim(self, axis: Axis[T], item: T, plugin: str) -> None:
        try:
            self._claimed.setdefault(axis.name_of(item), self.refused[plugin])
        except Exception:
            return  # The item is too broken to have a name; asking for the plugin's name still tells why.


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else LOCAL
