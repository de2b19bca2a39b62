"""Addresses of Dask schedulers: every mistake is told with what to do, and encrypted ones work."""

import shutil
import subprocess
import threading

import dask.config
import pytest
from distributed import Scheduler, Security, SpecCluster

from lipschitz import ConfigError
from lipschitz_trainers.running import dask_cluster
from lipschitz_trainers.running.dask_address import CERTIFICATES, PROTOCOLS
from lipschitz_trainers.running.dask_cluster import connected

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask leaves files and sockets to the garbage collector


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(dask_cluster, "SECONDS_TO_CONNECT", 1)


def connect(address):
    told = []
    with connected(address, [], 1, told.append) as client:
        return client.scheduler_info()


@pytest.mark.parametrize("address", ["ucx://127.0.0.1:9", "http://127.0.0.1:9", "://a:1"])
def test_other_protocols_are_refused_with_those_that_are_understood(address):
    with pytest.raises(
        ConfigError, match=f"a Dask scheduler at {address}: .* among {', '.join(PROTOCOLS)}, got"
    ):
        connect(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        ":",
        "10.0.0.1",
        "tcp://",
        "tcp://127.0.0.1:abc",
        "tcp://127.0.0.1:-4",
        "tcp://[::1",
        "inproc://here/1/1",
    ],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ConfigError, match=r"cannot reach a Dask scheduler at .*that the scheduler prints"):
        connect(address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1", "tcp://127.0.0.1:abc", "tls://127.0.0.1:9"])
def test_nothing_is_left_behind_that_the_garbage_collector_would_have_to_close(address):
    def loops():
        return {thread for thread in threading.enumerate() if thread.name.startswith("IO loop")}

    before = loops()
    with pytest.raises(ConfigError) as kept:  # and with the error all that it refers to
        connect(address)
    assert loops() <= before
    del kept


@pytest.mark.parametrize("protocol", ["tls", "wss"])
def test_without_certificates_it_says_where_they_go(protocol):
    with pytest.raises(
        ConfigError, match=r"certificates, in PEM format: set .*distributed.comm.tls"
    ) as caught:
        connect(f"{protocol}://127.0.0.1:9")
    assert all(variable in str(caught.value) for variable in CERTIFICATES)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_told(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    files = {"ca-file": str(path), "client": {"cert": str(path), "key": str(path)}}
    with (
        dask.config.set({"distributed.comm.tls": files}),
        pytest.raises(ConfigError, match="in PEM format"),
    ):
        connect("tls://127.0.0.1:9")


def test_a_plain_address_where_the_configuration_asks_for_encryption():
    with (
        dask.config.set({"distributed.comm.require-encryption": True}),
        pytest.raises(ConfigError, match="encryption required by Dask configuration"),
    ):
        connect("tcp://127.0.0.1:9")


@pytest.fixture
def certificate(tmp_path):
    """Return a new self-signed certificate and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("the program openssl, which makes certificates, is not here")
    files = [str(tmp_path / name) for name in ("certificate.pem", "key.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run([*made, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def test_an_encrypted_scheduler_is_reached_by_the_files_of_dask_s_configuration(certificate, monkeypatch):
    file, key = certificate
    security = Security(
        require_encryption=True, tls_ca_file=file, tls_scheduler_cert=file, tls_scheduler_key=key, tls_client_cert=file,
        tls_client_key=key,
    )  # fmt: skip
    options = {"protocol": "tls://", "host": "127.0.0.1", "port": 0, "dashboard": False, "security": security}
    with SpecCluster(scheduler={"cls": Scheduler, "options": options}, security=security) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        with pytest.raises(ConfigError, match="in PEM format"):
            connect(address)
        for variable, path in zip(CERTIFICATES, [file, file, key], strict=True):
            monkeypatch.setenv(variable, path)
        with dask.config.set(dask.config.merge(dask.config.config, dask.config.collect_env())):
            assert connect(address)["address"] == address
