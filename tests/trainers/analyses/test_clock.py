"""What runs took, and how that is spread over their iterations."""

import json
import math

import numpy as np
import pytest

from lipschitz_trainers.analyses.clock import clock_of, seconds_of, seconds_per_step, unit_of
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

RUN = RunResult("v", 0, "run", "done", {"cpu_seconds": 30.0}, wall_seconds=60.0)


def study(folder, devices=("a GPU",), records=(), steps=10):
    (folder / "run").mkdir()
    (folder / "run" / "metrics.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in records))
    results = Results("e", "quick", {"cuda_devices": list(devices)}, (RUN,))
    return Study(folder, results, {RUN.key: {"steps": steps}} if steps else {}, ())


@pytest.mark.parametrize(
    ("devices", "seconds", "unit"), [(("a GPU",), 60, "seconds"), ((), 30, "processor seconds")]
)
def test_processors_are_shared_and_devices_are_not(tmp_path, devices, seconds, unit):
    some = study(tmp_path, devices)
    assert (seconds_of(some, RUN), unit_of(some)) == (seconds, unit)
    assert seconds_per_step(some, RUN) == seconds / 10


def test_without_a_configuration_iterations_are_not_known(tmp_path):
    assert math.isnan(seconds_per_step(study(tmp_path, steps=None), RUN))


def test_the_clock_runs_evenly_over_critic_steps(tmp_path):
    # Two iterations of five critic steps, then one of ten.
    records = [{"step": i, "critic_steps": count} for i, count in ((1, 5), (2, 10), (3, 20))]
    found = clock_of(study(tmp_path, records=records), RUN)
    np.testing.assert_allclose(found.steps, [1, 2, 3])
    np.testing.assert_allclose(found.values, [15, 30, 60])


def test_a_run_without_records_has_no_clock(tmp_path):
    assert len(clock_of(study(tmp_path), RUN)) == 0
