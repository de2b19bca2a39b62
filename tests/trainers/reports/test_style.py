"""Looks are fixed, distinct and safe for color-blind readers; saving is reproducible."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import matplotlib as mpl
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from lipschitz_trainers.reports.style import KNOWN, OTHERS, WIDTH, looks, panels, plain, save, styled, wrapped


def test_known_constraints_keep_their_color_in_any_company() -> None:
    alone = looks(["weight_clipping"])["weight_clipping"]
    together = looks(["spectral_norm", "new_idea", "weight_clipping"])
    assert together["weight_clipping"] == alone
    assert looks(["deep-weight_clipping"])["deep-weight_clipping"].color == alone.color


def test_the_same_label_on_several_datasets_shares_a_look() -> None:
    assert list(looks(["a", "b", "a"])) == ["a", "b"]


@given(st.lists(st.text("abcdef_", min_size=1), unique=True, max_size=24))
def test_no_two_variants_look_the_same(labels: list[str]) -> None:
    found = looks([*KNOWN, *labels])
    assert len({(look.color, look.dashes) for look in found.values()}) == len(found)


def test_two_variants_of_a_known_constraint_differ() -> None:
    found = looks(["deep-spectral_norm", "wide-spectral_norm"])
    assert len({look.color for look in found.values()}) == 2


def test_colors_stay_apart_without_red_green_vision() -> None:
    def deuteranope(color: str) -> tuple[float, float, float]:
        r, g, b = to_rgb(color)  # Vienot, Brettel and Mollon 1999, on display values
        return 0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b

    for a, b in combinations(KNOWN.values(), 2):
        distance = sum((x - y) ** 2 for x, y in zip(deuteranope(a), deuteranope(b), strict=True)) ** 0.5
        assert distance > 0.15, (a, b)
    assert len({*KNOWN.values(), *OTHERS}) == len(KNOWN) + len(OTHERS)


def test_titles_are_dark_enough_to_read() -> None:
    found = looks([*KNOWN, *map(str, range(8))]).values()
    assert [look.ink == look.color.lower() for look in found][:2] == [True, False]
    for look in found:
        linear = [((v + 0.055) / 1.055) ** 2.4 if v > 0.03928 else v / 12.92 for v in to_rgb(look.ink)]
        luminance = sum(v * share for v, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
        assert 1.05 / (luminance + 0.05) >= 4.49


def test_settings_outside_are_left_alone() -> None:
    before = dict(mpl.rcParams)
    with styled():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before


def test_long_names_are_broken_evenly() -> None:
    assert wrapped("one_sided_gradient_penalty") == "one_sided_\ngradient_penalty"
    assert wrapped("spectral_norm") == "spectral_norm"
    assert wrapped("costs_$5") == r"costs_\$5"
    assert plain("$x$") == r"\$x\$"


@given(st.text("abc_- ", max_size=60))
def test_breaking_a_name_loses_nothing(label: str) -> None:
    assert wrapped(label).replace("\n", "") == label


def test_panels_fill_rows_evenly() -> None:
    figure, axes = panels(5, ratio=1.0, sharex=True)
    assert (len(axes), len(figure.axes)) == (5, 5)
    assert figure.get_size_inches().tolist() == [WIDTH, 2 * WIDTH / 3]
    assert panels(1, ratio=1.0)[0].get_size_inches().tolist() == [WIDTH / 3] * 2


def test_saved_figures_are_compact_and_reproducible(tmp_path: Path) -> None:
    for name in ("a", "b"):
        figure = Figure(figsize=(4, 3))
        figure.subplots().plot([1, 2, 3])
        save(figure, tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
    assert (tmp_path / "a.png").stat().st_size < 20_000


def test_photographs_keep_their_colors(tmp_path: Path) -> None:
    save(Figure(figsize=(1, 1)), tmp_path / "photo.png", photographs=True)
    with Image.open(tmp_path / "photo.png") as image:
        assert image.mode == "RGB"
