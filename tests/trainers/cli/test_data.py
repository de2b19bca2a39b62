"""`lipschitz data`."""

import gzip
import hashlib
import http.server
import json
import struct
import threading

import numpy as np
import pytest

from lipschitz_trainers.data import Mnist
from lipschitz_trainers.data.file_dataset import Download
from lipschitz_trainers.data.places import FOLDER_VARIABLE


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Serve tiny MNIST files and make the dataset fetch them; return the folder for data."""
    folder = tmp_path / "served"
    folder.mkdir()
    downloads = []
    for name, shape in (
        ("train-images-idx3-ubyte", (4, 2, 2)),
        ("train-labels-idx1-ubyte", (4,)),
        ("t10k-images-idx3-ubyte", (2, 2, 2)),
        ("t10k-labels-idx1-ubyte", (2,)),
    ):
        size = shape[0] * (4 if len(shape) == 3 else 1)
        content = gzip.compress(struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(size))
        (folder / f"{name}.gz").write_bytes(content)
        downloads.append((f"{name}.gz", hashlib.md5(content).hexdigest()))

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(
        Mnist,
        "downloads",
        tuple(Download(f"{base}/{name}", name, f"md5:{md5}", 0.001) for name, md5 in downloads),
    )
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "data"))
    yield tmp_path / "data"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nothing(monkeypatch, tmp_path):
    """Let there be no data files."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


def test_the_list_says_what_is_missing_and_how_to_get_it(cli, nothing):
    done = cli("data", "list")
    assert done.code == 0
    for text in ("cifar10", "lsun", "imagenet32", "lipschitz data get mnist", "LIPSCHITZ_DATA"):
        assert text in done.said
    rows = {row["name"]: row for row in json.loads(cli("data", "list", "--json").out)}
    assert rows["cifar10"]["missing"] == ["cifar-10-binary.tar.gz"]
    assert rows["cifar10"]["folder"] == str(nothing / "cifar10")
    assert {name for name, row in rows.items() if row["fetchable"]} == {"cifar10", "mnist", "fashion_mnist"}
    assert not any(row["here"] for row in rows.values())


def test_what_is_fetched_is_listed_and_opens(cli, served):
    done = cli("data", "get", "mnist")
    assert done.code == 0, done.err
    assert [line.split()[0] for line in done.out.splitlines()] == ["fetched"] * 4
    assert Mnist().open().shape == (1, 2, 2)
    rows = {row["name"]: row["here"] for row in json.loads(cli("data", "list", "--json").out)}
    assert [name for name, here in rows.items() if here] == ["mnist"]
    again = cli("data", "get", "mnist")
    assert again.code == 0
    assert again.out.count("was there") == 4


def test_files_may_go_elsewhere(cli, served, tmp_path):
    assert cli("data", "get", "mnist", "--folder", tmp_path / "mine").code == 0
    assert len(list((tmp_path / "mine").iterdir())) == 4
    assert not served.exists()
    assert Mnist(folder=str(tmp_path / "mine")).open().classes == 1


def test_files_unpacked_by_hand_are_not_fetched(cli, served):
    assert cli("data", "get", "mnist").code == 0
    for path in list((served / "mnist").iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    done = cli("data", "get", "mnist")
    assert done.code == 0
    assert "was there" in done.out
    assert not list((served / "mnist").glob("*.gz"))


def test_text_is_trained_on_and_kept(cli, tmp_path):
    settings = [
        "generator.network={name: mlp, width: 8, depth: 1}",
        "critic.network={name: mlp, width: 8, depth: 1}",
        "critic.steps=1",
        "dataset.length=8",
        "evaluation.metrics=[sliced_w1]",
        "evaluation.samples=70",
        "batch_size=16",
        "steps=2",
    ]
    done = cli(
        "compare", "weight_clipping", "spectral_norm", "--on", "pydoc_topics", "--seeds", 1, "--workers", 1,
        "--out", tmp_path, *(part for setting in settings for part in ("--set", setting)),
    )  # fmt: skip
    assert done.code == 0, done.err
    with np.load(next(tmp_path.glob("runs/*/artifacts/samples.npz"))) as samples:
        assert samples["real"].shape == samples["fake"].shape == (64, 8)
        assert max(samples["real"].max(), samples["fake"].max()) < len(samples["vocabulary"])
    assert (tmp_path / "report.html").stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lsun", "dl.yf.io/lsun"),
        ("imagenet32", "image-net.org"),
        ("billion_word", "statmt.org"),
        ("digits", "no files to fetch"),
        ("cifar", "Did you mean 'cifar10'"),
    ],
)
def test_what_cannot_be_fetched_says_what_to_do(cli, nothing, name, message):
    done = cli("data", "get", name)
    assert done.code == 2
    assert message in done.said
    assert "Traceback" not in done.err
    assert list(nothing.iterdir()) == []
