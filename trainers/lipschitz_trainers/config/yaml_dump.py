"""Plain values as YAML that reads back the same, here and in tools that still speak YAML 1.1."""

from __future__ import annotations

from typing import Any

import yaml

from lipschitz_trainers.config.yaml_scalars import SEQ, STR, plain_tag


class _Dumper(yaml.SafeDumper):
    """Writes what both YAML 1.2 and the YAML 1.1 of other tools read back as the same value."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            tag = plain_tag(value)
            # Words such as "no" are strings to us, but not to YAML 1.1: another tag than str quotes them.
            return super().resolve(kind, value, implicit) if tag == STR else tag
        return super().resolve(kind, value, implicit)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_list(dumper: yaml.SafeDumper, items: list[Any] | tuple[Any, ...]) -> yaml.Node:
    flat = not any(isinstance(item, (list, tuple, dict)) for item in items)
    return dumper.represent_sequence(SEQ, items, flow_style=flat)


def _represent_str(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # Line breaks of every kind survive as escapes; PyYAML would fold some of them into spaces.
    return dumper.represent_scalar(STR, text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_str)
_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(tuple, _represent_list)


def dump_yaml(data: Any) -> str:
    """Write plain values as YAML that `load_yaml` reads back equal, in the order given.

    Args:
        data: mappings with string keys, lists, tuples (read back as lists), strings, numbers, booleans, None.

    Raises:
        TypeError: there is something else in it.

    Example:
        >>> print(dump_yaml({"lr": 1e-5, "betas": (0.0, 0.9), "answer": "no"}), end="")
        lr: 1.0e-05
        betas: [0.0, 0.9]
        answer: 'no'
    """
    try:
        return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    except yaml.representer.RepresenterError as error:
        raise TypeError(f"only plain values can be written as YAML: {error.args}") from error
