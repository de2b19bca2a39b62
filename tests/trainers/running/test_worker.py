"""One process of several."""

import json
import os
import sys
import time

import pytest

from lipschitz_trainers.config import save_run
from lipschitz_trainers.running import worker


def test_closing_the_other_end_is_noticed():
    reader, writer = os.pipe()
    closed = worker.closing_of(reader)
    os.write(writer, b"x")
    time.sleep(0.05)
    assert not closed()
    os.close(writer)
    for _ in range(100):
        if closed():
            break
        time.sleep(0.02)
    assert closed()
    os.close(reader)


@pytest.mark.parametrize("process", ["0", "1"])
def test_leaves_a_report_and_only_the_first_process_writes(make_config, tmp_path, monkeypatch, process):
    save_run(make_config(), tmp_path / "config.yaml")
    monkeypatch.setattr(sys, "argv", ["worker", str(tmp_path)])
    monkeypatch.setenv("RANK", process)
    monkeypatch.setattr(worker, "closing_of", lambda descriptor: lambda: False)
    worker.main()
    report = json.loads((tmp_path / f"process-{process}.json").read_text())
    assert report["status"] == "done"
    assert report["at"] == pytest.approx(time.time(), abs=60)
    assert (tmp_path / "artifacts" / "samples.npz").exists() == (process == "0")


def test_a_failure_ends_the_process_at_once(make_config, tmp_path, monkeypatch):
    save_run(
        make_config(generator={"fixed": {"name": "second_dataset", "dataset": "digits"}}),
        tmp_path / "config.yaml",
    )
    monkeypatch.setattr(sys, "argv", ["worker", str(tmp_path)])
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr(os, "_exit", lambda code: (_ for _ in ()).throw(SystemExit(code)))
    with pytest.raises(SystemExit, match="1"):
        worker.main()
    assert json.loads((tmp_path / "process-1.json").read_text())["status"] == "failed"


def test_a_plugin_nobody_installed_is_reported(make_config, tmp_path, monkeypatch):
    save_run(make_config(), tmp_path / "config.yaml")
    text = (tmp_path / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(text.replace("one_sided_gradient_penalty", "registered_by_hand"))
    monkeypatch.setattr(sys, "argv", ["worker", str(tmp_path)])
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr(os, "_exit", lambda code: None)
    worker.main()
    report = json.loads((tmp_path / "process-1.json").read_text())
    assert report["status"] == "failed"
    assert "unknown constraint 'registered_by_hand'" in report["error"]
