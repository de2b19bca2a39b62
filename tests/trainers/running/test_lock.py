"""One process at a time writes a folder."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace

import pytest

from lipschitz_trainers.running import lock as module
from lipschitz_trainers.running.holder import Holder, _began, read_holder
from lipschitz_trainers.running.lock import (
    FILE,
    FolderInUse,
    LockLost,
    lock_folder,
    require_free,
)
from lipschitz_trainers.training import Interrupted


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    for name, seconds in {"BEAT": 0.02, "SILENCE": 0.5, "SECONDS_BETWEEN_LOOKS": 0.01}.items():
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def dead():
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def leave(folder, **changes):
    """Leave the lock of another process in a folder."""
    holder = replace(Holder.here(), **changes)
    (folder / FILE).write_text(json.dumps(asdict(holder)))
    return holder


def test_a_lock_names_its_holder_and_vanishes(tmp_path):
    with lock_folder(tmp_path) as lock:
        holder = read_holder(tmp_path / FILE)
        assert (holder.pid, holder.token) == (os.getpid(), lock.ticket.token)
        assert lock.ticket.valid()
        lock.require()
    assert list(tmp_path.iterdir()) == []
    assert not lock.ticket.valid()


def test_a_living_holder_is_named(tmp_path):
    with lock_folder(tmp_path):
        for refused in (lock_folder, require_free):
            with pytest.raises(
                FolderInUse, match=rf"being written by process {os.getpid()} on .*; wait until"
            ):
                refused(tmp_path)
    require_free(tmp_path)


def test_several_at_a_time_one_gets_it(tmp_path, dead):
    leave(tmp_path, pid=dead)
    got, refused = [], []

    def attempt():
        try:
            got.append(lock_folder(tmp_path))
        except FolderInUse as error:
            refused.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(5 * module.BEAT)
    still = [lock for lock in got if lock.ticket.valid()]
    assert len(still) == 1
    for lock in got:
        if lock is not still[0]:
            with pytest.raises(LockLost):
                lock.require()
        lock.release()
    assert len(got) + len(refused) == 8
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_dead_process_stops_nobody(tmp_path, dead):
    leave(tmp_path, pid=dead)
    require_free(tmp_path)
    with lock_folder(tmp_path) as lock:
        assert read_holder(tmp_path / FILE).token == lock.ticket.token


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="there is no /proc")
def test_a_number_that_another_process_has_now_stops_nobody(tmp_path):
    leave(tmp_path, pid=os.getpid(), began=1)
    lock_folder(tmp_path).release()


def test_a_killed_process_that_nobody_has_waited_for_is_dead(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    leave(tmp_path, pid=process.pid, began=_began(process.pid))
    with pytest.raises(FolderInUse):
        lock_folder(tmp_path)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    lock_folder(tmp_path).release()
    process.communicate()


def test_another_machine_counts_as_dead_after_a_while_without_a_sign(tmp_path):
    leave(tmp_path, host="elsewhere/boot")
    begun = time.monotonic()
    lock_folder(tmp_path).release()
    assert time.monotonic() - begun >= module.SILENCE


def test_another_machine_that_gives_a_sign_is_alive_whatever_its_clock_says(tmp_path):
    leave(tmp_path, host="elsewhere/boot")
    stop = threading.Event()

    def beat():
        long_ago = 1e9
        while not stop.wait(0.05):
            long_ago += 1
            os.utime(tmp_path / FILE, (long_ago, long_ago))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        with pytest.raises(FolderInUse, match="on elsewhere"):
            lock_folder(tmp_path)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("content", ["", "{", '{"token": 1}'])
def test_a_lock_that_cannot_be_read_goes_after_a_while(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    lock_folder(tmp_path).release()
    assert list(tmp_path.iterdir()) == []


def test_the_patient_get_it_when_the_other_ends(tmp_path):
    first = lock_folder(tmp_path)
    threading.Timer(0.2, first.release).start()
    with lock_folder(tmp_path, patience=30) as second:
        assert second.ticket.valid()
    assert not first.ticket.valid()


def test_waiting_can_be_stopped(tmp_path):
    with lock_folder(tmp_path), pytest.raises(Interrupted, match="stopped while waiting for process"):
        lock_folder(tmp_path, patience=30, should_stop=lambda: True)


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_whoever_lost_the_folder_finds_out_and_leaves_the_other_alone(tmp_path, how):
    lock = lock_folder(tmp_path)
    other = leave(tmp_path)
    if how == "removed":
        (tmp_path / FILE).unlink()
    ended = lock.ticket.watch()
    assert ended()
    time.sleep(5 * module.BEAT)
    with pytest.raises(LockLost, match="was taken over by another process"):
        lock.require()
    lock.release()
    assert read_holder(tmp_path / FILE) == (other if how == "replaced" else None)


def test_a_process_that_stood_still_looks_before_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 1000.0)
    lock = lock_folder(tmp_path)
    leave(tmp_path)
    lock.require()  # it was its own a moment ago
    lock._confirmed -= 2001.0
    with pytest.raises(LockLost):
        lock.require()
    lock.release()


def test_it_shows_signs_of_life(tmp_path):
    with lock_folder(tmp_path):
        os.utime(tmp_path / FILE, (0, 0))
        time.sleep(10 * module.BEAT)
        assert (tmp_path / FILE).stat().st_mtime > 0


def test_a_watch_does_not_look_all_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 1000.0)
    with lock_folder(tmp_path) as lock:
        ended = lock.ticket.watch()
        assert not ended()
        (tmp_path / FILE).unlink()
        assert not ended()


def test_killed_with_its_process(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from lipschitz_trainers.running.lock import lock_folder\n"
        "lock = lock_folder(Path(sys.argv[1])); print('locked', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"locked\n"
    with pytest.raises(FolderInUse, match=f"process {process.pid} on"):
        lock_folder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    lock_folder(tmp_path).release()
