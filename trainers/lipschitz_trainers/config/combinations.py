"""The run configurations of every profile and variant, and what is wrong with them, said once."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence

from lipschitz_trainers.config.checking import apply_sets, check_run, parse_sets
from lipschitz_trainers.config.faults import Fault
from lipschitz_trainers.config.fitting import absences
from lipschitz_trainers.config.layers import Layer, merge
from lipschitz_trainers.config.problems import Problem
from lipschitz_trainers.config.schema import RunConfig, well_formed_parts
from lipschitz_trainers.config.selection import selected
from lipschitz_trainers.config.wording import quoted

Combination = tuple[str, str]
"""Names of a profile and a variant."""

Adjusted = Mapping[str, Sequence[tuple[str, Layer]]]
"""By profile, patterns of variants with what is laid over those that each fits."""


def configurations(
    base: Layer,
    profiles: Mapping[str, Layer | None],
    variants: Mapping[str, list[Layer]],
    sets: Iterable[str],
    adjusted: Adjusted | None = None,
) -> tuple[dict[Combination, RunConfig], list[Problem]]:
    """Check every combination of profile and variant.

    Args:
        base: at the bottom.
        profiles: what each lays over the base.
        variants: what each lays over that, the last on top.
        sets: ``key=value`` texts, laid over everything in turn.
        adjusted: laid over the variants, below `sets`.

    Returns:
        The configurations that are well-formed, and the problems of the others.
    """
    assignments, problems = parse_sets(sets)
    configs: dict[Combination, RunConfig] = {}
    # What is wrong in the base is wrong in many combinations; it is said once, and of which if not of all.
    shared: dict[Problem, list[Combination]] = {}
    for profile, variant in itertools.product(profiles, variants):
        whole = _merged(
            base, profiles[profile], variants[variant], (adjusted or {}).get(profile, ()), variant
        )
        layer, unfitting = apply_sets(whole, assignments)
        config, faults = check_run(layer)
        if "seed" in layer.data:
            message = (
                "the seeds of an experiment are listed under its key 'seeds' (or --seeds); remove this one"
            )
            faults = [*faults, Fault(("seed",), message)]
        if config is not None:
            configs[profile, variant] = config
        for problem in unfitting:
            shared.setdefault(problem, []).append((profile, variant))
        for fault in faults:
            if layer.origin(fault.location).path[:1] in (("variants",), ("profiles",)):
                problems.append(layer.problem(fault))
            else:
                shared.setdefault(layer.problem(fault), []).append((profile, variant))
    known = [list(profiles), list(variants)]
    return configs, [*problems, *(_said_of(problem, places, known) for problem, places in shared.items())]


def absent(
    base: Layer,
    profiles: Mapping[str, Layer | None],
    variants: Mapping[str, list[Layer]],
    adjusted: Adjusted,
    only: Mapping[str, Sequence[str] | None],
) -> tuple[list[Problem], list[Problem]]:
    """Return what the runs need and this machine has not (see `lipschitz_trainers.config.fitting.absences`).

    Args:
        base: at the bottom.
        profiles: what each lays over the base.
        variants: what each lays over that, the last on top.
        adjusted: laid over the variants.
        only: by profile, patterns of the variants that it runs; None: all.

    Returns:
        What no profile can do without, and what some need.
    """
    shared: dict[Problem, list[Combination]] = {}
    for profile, overrides in profiles.items():
        patterns = only.get(profile)
        for variant in variants if patterns is None else selected(list(variants), patterns):
            layer = _merged(base, overrides, variants[variant], adjusted.get(profile, ()), variant)
            for fault in absences(well_formed_parts(layer.data)):
                shared.setdefault(layer.problem(fault), []).append((profile, variant))
    known = [list(profiles), list(variants)]
    always: list[Problem] = []
    sometimes: list[Problem] = []
    for problem, places in shared.items():
        everywhere = {profile for profile, _ in places} == profiles.keys()
        (always if everywhere else sometimes).append(_said_of(problem, places, known))
    return always, sometimes


def _merged(
    base: Layer,
    overrides: Layer | None,
    variant: Sequence[Layer],
    adjusted: Sequence[tuple[str, Layer]],
    name: str,
) -> Layer:
    """Return the layers of one run as one; `name` is the variant's."""
    below = base if overrides is None else merge(base, overrides)
    own = [above for pattern, above in adjusted if selected([name], [pattern])]
    return functools.reduce(merge, [*variant, *own], below)


def _said_of(problem: Problem, places: list[Combination], known: list[list[str]]) -> Problem:
    """Return the problem with the profiles and variants it is limited to, if it is."""
    limits: list[str] = []
    for noun, names, everything in zip(("profile", "variant"), zip(*places, strict=True), known, strict=True):
        concerned = list(dict.fromkeys(names))
        if len(concerned) < len(everything):
            more = f" and {len(concerned) - 3} more" if len(concerned) > 3 else ""
            limits.append(f"{noun} {quoted(concerned[:3])}{more}")
    if not limits:
        return problem
    return dataclasses.replace(problem, message=f"{problem.message} (in {', '.join(limits)})")
