"""Curves of several seeds as a mean and a band, and axes that suit them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from lipschitz_trainers.analyses.history import Series
from lipschitz_trainers.reports.style import Look

Array = NDArray[np.float64]
BINS = 120


class Band(NamedTuple):
    """Mean, lowest and highest over seeds at each step; every array has shape (n,)."""

    steps: Array
    mean: Array
    low: Array
    high: Array


def binned(seeds: Sequence[Series]) -> Band | None:
    """Average noisy curves over short stretches of steps, then take the band over seeds.

    Returns:
        At most `BINS` stretches; None without a value.
    """
    seeds = [series for series in seeds if len(series)]
    if not seeds:
        return None
    last = max(float(series.steps[-1]) for series in seeds)
    count = min(BINS, max(len(series) for series in seeds))
    edges = np.linspace(0.0, last, count + 1)
    means = []
    for series in seeds:
        place = np.clip(np.searchsorted(edges, series.steps, side="right") - 1, 0, count - 1)
        weights = np.bincount(place, minlength=count)
        sums = np.bincount(place, weights=series.values, minlength=count)
        means.append(np.divide(sums, weights, out=np.full(count, math.nan), where=weights > 0))
    return _over_seeds((edges[:-1] + edges[1:]) / 2, np.stack(means))


def exact(seeds: Sequence[Series]) -> Band | None:
    """Take the band over seeds at every step at which one of them has a value; None without a value."""
    steps = np.unique(np.concatenate([series.steps for series in seeds])) if seeds else np.empty(0)
    if not len(steps):
        return None
    table = np.full((len(seeds), len(steps)), math.nan)
    for row, series in zip(table, seeds, strict=True):
        row[np.searchsorted(steps, series.steps)] = series.values
    return _over_seeds(steps, table)


def _over_seeds(steps: Array, table: Array) -> Band:
    filled = np.isfinite(table).any(axis=0)
    steps, table = steps[filled], table[:, filled]
    return Band(steps, np.nanmean(table, axis=0), np.nanmin(table, axis=0), np.nanmax(table, axis=0))


def fill(axis: Axes, band: Band, look: Look) -> None:
    """Draw the range over seeds."""
    axis.fill_between(band.steps, band.low, band.high, color=look.color, alpha=0.2, linewidth=0)


def step_axis(axes: Sequence[Axes]) -> None:
    """Few, short ticks for steps: 0, 50k, 100k."""
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 2.5, 5, 10]))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda step, _: _short(step)))
        axis.set_xlim(left=-0.02 * axis.get_xlim()[1])


def value_axis(axis: Axes, values: Array, *, factor: float) -> None:
    """Make the axis logarithmic if the sizes of the values span more than `factor`.

    With values below 0 it stays linear around 0.
    """
    finite = values[np.isfinite(values)]
    sizes = np.abs(finite[finite != 0])
    if not len(sizes):
        return
    low, high = np.quantile(sizes, [0.02, 1.0])
    if high < factor * low:
        return
    if (finite > 0).all():
        axis.set_yscale("log")
        few = high > 100 * low
        axis.yaxis.set_major_locator(LogLocator(subs=(1.0,) if few else (1.0, 2.0, 5.0)))
        axis.yaxis.set_minor_formatter(NullFormatter())
    else:
        # Two decades on either side are enough to see; more would fill the axis with ticks around 0.
        axis.set_yscale("symlog", linthresh=10 ** math.floor(math.log10(max(low, high / 100))))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def _short(step: float) -> str:
    return f"{step / 1000:g}k" if step >= 1000 else f"{step:g}"
