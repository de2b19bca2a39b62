import pytest

from lipschitz import ConfigError
from lipschitz_trainers.config.files import read_text


def test_reads_utf8(tmp_path):
    (tmp_path / "x.yaml").write_bytes("naïve: ∂".encode())
    assert read_text(tmp_path / "x.yaml") == "naïve: ∂"


def test_missing(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: there is no such file$"):
        read_text(tmp_path / "nowhere.yaml")


def test_folder(tmp_path):
    with pytest.raises(ConfigError, match="is a folder"):
        read_text(tmp_path)


def test_binary(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(ConfigError, match=r"is not UTF-8 text \(byte 0xff at position 3\)"):
        read_text(tmp_path / "x.yaml")


def test_below_a_file(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        read_text(tmp_path / "x" / "y.yaml")


def test_impossible_name(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path / "a\0b")
