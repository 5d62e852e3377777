"""Files are written whole, into what is there already as it is."""

import os
import threading
from pathlib import Path

import pytest

from claimx.disk import write_whole


def test_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    path.write_text("old")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.md"
    real.write_text("old")
    link = tmp_path / "link.md"
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"rows")
    reader.join()
    assert read == [b"rows"]
    assert pipe.is_fifo()


def test_pipe_that_the_shell_opened_is_written_to() -> None:
    """It has a path, /dev/fd/63, and resolves to none."""
    reads, writes = os.pipe()
    write_whole(Path(f"/dev/fd/{writes}"), b"rows")
    os.close(writes)
    assert os.read(reads, 9) == b"rows"
    os.close(reads)


def test_name_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 252 + ".md")
    write_whole(path, b"rows")
    assert path.read_bytes() == b"rows"


def test_nothing_is_left_behind_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "gone" / "table.md", tmp_path / ("n" * 256)):
        with pytest.raises(OSError):  # noqa: PT011  # each its own
            write_whole(path, b"rows")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]
