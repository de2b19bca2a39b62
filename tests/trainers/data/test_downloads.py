"""Fetching: checksums, resuming, and nothing half-written under the file's name."""

import hashlib
import http.server
import threading

import pytest

from lipschitz import DataError
from lipschitz_trainers.data.downloads import fetch
from lipschitz_trainers.data.file_dataset import Download

CONTENT = bytes(range(256)) * 2000


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT, with ranges if asked, and breaks off where it is told to."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        if self.path != "/file":
            self.send_error(404)
            return
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : self.server.breaks_at.pop(0) if self.server.breaks_at else None])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.ranges, server.breaks_at = [], True, []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def file(server):
    def make(path="file", content=CONTENT, algorithm="md5"):
        url = f"http://127.0.0.1:{server.server_port}/{path}"
        return Download(url, "data.bin", f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}", 0.5)

    return make


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_file_is_fetched_once_with_progress(file, server, tmp_path, algorithm):
    reported = []
    folder = tmp_path / "new" / "folder"
    assert fetch(file(algorithm=algorithm), folder, lambda done, total: reported.append((done, total)))
    assert (folder / "data.bin").read_bytes() == CONTENT
    assert names(folder) == ["data.bin"]
    assert reported[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert not fetch(file(algorithm=algorithm), folder)
    assert server.asked == [None]


@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_download_goes_on(file, server, tmp_path, ranges):
    server.breaks_at, server.ranges = [100_000], ranges
    with pytest.raises(DataError, match=r"run the same command again to go on from there"):
        fetch(file(), tmp_path)
    assert names(tmp_path) == ["data.bin.part"]
    kept = (tmp_path / "data.bin.part").stat().st_size
    assert 0 < kept <= 100_000
    assert fetch(file(), tmp_path)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT
    assert names(tmp_path) == ["data.bin"]
    assert server.asked == [None, f"bytes={kept}-"]


def test_a_partial_file_that_is_whole_is_used(file, server, tmp_path):
    (tmp_path / "data.bin.part").write_bytes(CONTENT)
    assert fetch(file(), tmp_path)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT
    assert names(tmp_path) == ["data.bin"]


@pytest.mark.parametrize("partial", [None, b"of another file" * 100, CONTENT + b"too much"])
def test_a_wrong_checksum_leaves_nothing_and_the_next_attempt_begins_anew(file, tmp_path, partial):
    right = file()
    wrong = file(content=b"something else") if partial is None else right
    if partial is not None:
        (tmp_path / "data.bin.part").write_bytes(partial)
    with pytest.raises(DataError, match=r"/file: expected a file with the checksum md5:\w{32}, got another"):
        fetch(wrong, tmp_path)
    assert names(tmp_path) == []
    assert fetch(right, tmp_path)


def test_a_damaged_file_that_is_there_is_named_and_left_alone(file, server, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"data.bin: expected the checksum md5:\w+, got md5:\w+; .*delete it"):
        fetch(file(), tmp_path)
    assert (tmp_path / "data.bin").read_bytes() == b"damaged"
    assert server.asked == []


def test_a_missing_address_and_a_missing_server_are_named(file, tmp_path):
    with pytest.raises(
        DataError, match=r"/nothing: expected a file of about 0.5 MB, got 0 bytes and then an error .*404"
    ):
        fetch(file("nothing"), tmp_path)
    with pytest.raises(DataError, match="127.0.0.1:9/x: expected"):
        fetch(Download("http://127.0.0.1:9/x", "data.bin", "md5:0", 1), tmp_path)
    assert names(tmp_path) == []
