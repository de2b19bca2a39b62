"""How far a run is."""

from lipschitz_trainers.running import progress


def test_noted_read_and_cleared(tmp_path):
    file = progress.ProgressFile(tmp_path)
    assert progress.iterations_done(tmp_path) is None
    file.note(3)
    assert progress.iterations_done(tmp_path) == 3
    file.clear()
    file.clear()
    assert progress.iterations_done(tmp_path) is None


def test_noted_a_few_times_a_second_only(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    file = progress.ProgressFile(tmp_path)
    seen = []
    for iteration in range(1, 11):
        now[0] += 0.1
        file.note(iteration)
        seen.append(progress.iterations_done(tmp_path))
    assert seen == [1, 1, 1, 1, 5, 5, 5, 5, 9, 9]


def test_a_damaged_file_says_nothing(tmp_path):
    (tmp_path / progress.FILE).write_text("")
    assert progress.iterations_done(tmp_path) is None
    assert progress.iterations_done(tmp_path / "nowhere") is None
