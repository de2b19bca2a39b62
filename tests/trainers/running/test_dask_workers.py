"""Which workers of a Dask cluster can do the runs, and what is said of those that cannot."""

from dataclasses import replace
from pathlib import Path

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.running.dask_cluster import check_workers
from lipschitz_trainers.running.dask_worker import WorkerReport

GOOD = WorkerReport(host="one", threads=1, gpus=0.0, visible=None, sees=True)


def check(make_config, *reports, device="auto", devices=1):
    told = []
    config = make_config(device=device, devices=devices)
    check_workers({str(i): report for i, report in enumerate(reports)}, [config], Path("/out"), told.append)
    return told


def changed(**fields):
    return replace(GOOD, **fields)


def test_workers_that_can_be_used(make_config):
    assert check(make_config, GOOD, GOOD) == []
    gpus = [changed(gpus=1.0, visible=str(i)) for i in range(2)]
    assert check(make_config, *gpus, device="cuda") == []
    assert check(make_config, changed(gpus=1.0), changed(gpus=1.0, host="two")) == []
    assert check(make_config, changed(gpus=1.0), changed(gpus=1.0), device="cpu") == []
    assert "one run at a time" in check(make_config, changed(threads=4))[0]


@pytest.mark.parametrize(
    ("reports", "device", "said"),
    [
        (
            [GOOD, ModuleNotFoundError("No module named 'lipschitz_trainers'")],
            "cpu",
            "install the same torch-lip",
        ),
        ([GOOD, changed(sees=False)], "cpu", r"worker 1 on one does not see /out; choose an --out"),
        ([GOOD], "cuda", r"asks for 1 GPU\(s\), and the workers announce 0"),
        (
            [changed(gpus=1.0), changed(gpus=1.0)],
            "auto",
            "2 Dask workers on one announce a GPU, and all would take",
        ),
        ([changed(gpus=1.0, visible="3,4"), changed(gpus=1.0, visible="3")], "cuda", "would take GPU 3"),
    ],
)
def test_workers_that_cannot_be_used(make_config, reports, device, said):
    with pytest.raises(ConfigError, match=said):
        check(make_config, *reports, device=device)
