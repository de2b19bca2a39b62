"""What several folders of these tests need."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study, study_of


@pytest.fixture(scope="session", autouse=True)
def _no_traces_in_the_users_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let classifiers that tests train be kept in a folder that goes with the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIPSCHITZ_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def known_pairs() -> Callable[..., Study]:
    """Return the builder of studies of made-up cosines on pairs with a known optimal critic."""
    return _known_pairs


def _known_pairs(cosines: dict[str, dict[str, list[float]]], profile: str = "six_pairs") -> Study:
    """Return a study, of ``{"d16_n64": {"spectral_norm": [0.3, 0.4]}}``: one number a seed; ``wavy_d2`` is smooth."""
    runs: list[RunResult] = []
    configs = {}
    for pair, variants in cosines.items():
        dataset = {"name": "min_funnels", "side": "p", "power": 8.0, "seed": 987}
        if pair.startswith("wavy_"):
            dataset |= {"name": "wavy_surface", "dimension": int(pair.removeprefix("wavy_d"))}
        else:
            dimension, funnels = pair.split("_")
            dataset |= {"dimension": int(dimension[1:]), "funnels": int(funnels[1:])}
        for label, values in variants.items():
            for seed, value in enumerate(values):
                name = f"{pair}-{label}"
                metrics = {"cosine": value, "cosine_floor": 0.25, "cpu_seconds": 60.0}
                runs.append(RunResult(name, seed, f"runs/{name}-seed{seed}", "done", metrics))
                configs[name, seed] = {"dataset": dataset, "generator": {"fixed": {"name": "other_side"}}}
    return study_of(Results("w1", profile, runs=tuple(runs)), configs)
