"""Fetching files: checked against a published checksum, going on where an earlier attempt stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from lipschitz.errors import DataError
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.data.file_dataset import Download

PARTIAL = ".part"
"""What is added to the name of a file that is not whole yet."""

CHUNK = 2**16
TIMEOUT = 30
OK, PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 200, 206, 416

Report: TypeAlias = Callable[[int, int | None], None]
"""Is told how many bytes there are, and of how many (None: not known)."""


def fetch(download: Download, folder: Path, report: Report = lambda done, total: None) -> bool:
    """Fetch a file into a folder, unless it is there.

    What has arrived is kept as ``NAME.part``, and a later call goes on from there. The file gets its name only when it
    is whole and its checksum is right.

    Args:
        download: what to fetch.
        folder: where to; made if it is not there.
        report: is called as bytes arrive.

    Returns:
        Whether anything was fetched; False if the file, with the right checksum, was there.

    Raises:
        DataError: it cannot be fetched, or it (or what is there under its name) has another checksum.
        MissingExtraError: pooch is not installed.
    """
    pooch = import_extra("pooch", package="pooch", needed_for="downloads")
    requests = import_extra("requests", package="requests (of pooch)", needed_for="downloads")
    target = folder / download.name
    if target.exists():
        check(target, download)
        return False
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / (download.name + PARTIAL)

    def arrive(url: str, output: Any, _: Any) -> None:
        _continue(requests, url, partial, report)
        partial.replace(output)

    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(
            download.url,
            known_hash=download.checksum,
            fname=download.name,
            path=folder,
            downloader=arrive,
        )
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{download.url}: expected a file with the checksum {download.checksum}, got another, which has been "
            f"thrown away; try again, and if it happens again get the file from elsewhere into {folder}."
        ) from error
    except (requests.RequestException, OSError) as error:
        kept = partial.stat().st_size if partial.exists() else 0
        raise DataError(
            f"{download.url}: expected a file of about {download.megabytes:g} MB, got {kept} bytes and then an error "
            f"({error}); run the same command again to go on from there."
        ) from error
    return True


def check(path: Path, download: Download) -> None:
    """Check that a file is the published one.

    Raises:
        DataError: its checksum is another.
    """
    pooch = import_extra("pooch", package="pooch", needed_for="checksums")
    algorithm, _, digits = download.checksum.partition(":")
    got = pooch.file_hash(str(path), alg=algorithm)
    if got != digits:
        raise DataError(
            f"{path}: expected the checksum {download.checksum}, got {algorithm}:{got}; the file is damaged or "
            f"another: delete it and run the command again."
        )


def _continue(requests: Any, url: str, partial: Path, report: Report) -> None:
    """Bring a partial file to its end.

    Raises:
        DataError: the server stopped early.
    """
    done = partial.stat().st_size if partial.exists() else 0
    wanted = {"Range": f"bytes={done}-"} if done else {}
    # A server that packs the bytes on the way would change their number.
    headers = {"Accept-Encoding": "identity", **wanted}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code == RANGE_NOT_SATISFIABLE:  # all is there, or too much: the checksum decides
            return
        response.raise_for_status()
        if response.status_code != PARTIAL_CONTENT:
            done = 0
        length = response.headers.get("Content-Length")
        total = None if length is None else done + int(length)
        with partial.open("ab" if done else "wb") as file:
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                done += len(chunk)
                report(done, total)
    if total is not None and done < total:
        raise DataError(
            f"{url}: expected {total} bytes, got {done} before the connection ended; run the same command again to "
            f"go on from there."
        )
