"""`lipschitz report`."""


def test_a_report_is_drawn_again(cli, tiny, tmp_path):
    command = (
        "compare",
        "weight_clipping",
        "spectral_norm",
        "--on",
        "swiss_roll",
        "--seeds",
        1,
        "--workers",
        1,
    )
    first = cli(*command, "--out", tmp_path / "out", *tiny)
    (tmp_path / "out" / "report.html").unlink()
    before = {path: path.read_bytes() for path in (tmp_path / "out" / "runs").rglob("*") if path.is_file()}
    again = cli("report", tmp_path / "out")
    assert again.code == 0, again.err
    assert again.out.splitlines() == first.out.splitlines()[1:]
    assert (tmp_path / "out" / "report.html").exists()
    assert {
        path: path.read_bytes() for path in (tmp_path / "out" / "runs").rglob("*") if path.is_file()
    } == before


def test_a_folder_without_results(cli, tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        done = cli("report", folder)
        assert done.code == 2
        assert "results.json" in done.said
        assert "Traceback" not in done.err
