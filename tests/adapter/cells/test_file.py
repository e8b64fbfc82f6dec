"""Which file is meant, and whether it is whole."""

import os
from pathlib import Path

import pytest

from app.adapter.cells import FileOrigin
from app.adapter.cells.kept import Taken
from app.errors import BadAnswer, SourceError, Unreachable

pytestmark = pytest.mark.anyio


def written(path: Path, text: str = "a\n1\n", *, age: int = 3600) -> Path:
    path.write_text(text)
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


async def taken(source: Path, known: object = None) -> Taken:
    return await FileOrigin(source, 10.0).taken(known)


async def reason(source: Path) -> str:
    with pytest.raises(SourceError) as raised:
        await taken(source)
    return f"{raised.value.word} {raised.value.reason}"


async def test_a_state_that_is_known_is_not_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    first = await taken(path)
    assert (first.content, first.name) == (b"a\n1\n", "a.csv")
    assert first.moment is not None
    assert first.moment.timestamp() == pytest.approx(path.stat().st_mtime)
    assert (await taken(path, first.key)).content is None
    written(path, "a\n2\n", age=1800)
    assert (await taken(path, first.key)).content == b"a\n2\n"


async def test_of_several_files_the_newest_that_is_complete_is_meant(tmp_path: Path) -> None:
    written(tmp_path / "a-2025.csv", "lama", age=9000)
    written(tmp_path / "a-2026.csv", "baru", age=6000)
    for number, name in enumerate(("a-2027.csv.part", "a-2027.csv.crdownload", "a-2027.csv.tmp", "~$a-x.csv", ".~lock.a-x.csv#")):
        written(tmp_path / name, age=number)
    (tmp_path / "a-folder.csv").mkdir()
    assert (await taken(tmp_path / "*a-*")).content == b"baru"
    written(tmp_path / "a-2027.csv", "dibuka", age=100)
    written(tmp_path / ".~lock.a-2027.csv#")
    assert (await taken(tmp_path / "a-*.csv")).content == b"baru"


async def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern(tmp_path: Path) -> None:
    written(tmp_path / "data [1].csv", "satu")
    assert (await taken(tmp_path / "data [1].csv")).content == b"satu"


@pytest.mark.parametrize("mark", ["~$a.xlsx", ".~lock.a.xlsx#"])
async def test_a_file_that_somebody_has_open_is_not_read(tmp_path: Path, mark: str) -> None:
    path = written(tmp_path / "a.xlsx")
    written(tmp_path / mark)
    assert await reason(path) == "bad_answer still_being_written"


async def test_a_young_file_that_grows_between_two_looks_is_not_read(tmp_path: Path) -> None:
    import threading

    path = written(tmp_path / "a.csv", age=0)
    end = threading.Event()

    def grow() -> None:
        while not end.wait(0.02):
            with path.open("a") as file:
                file.write("2\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert await reason(path) == "bad_answer still_being_written"
    finally:
        end.set()
        writer.join()
    assert (await taken(path)).content is not None


async def test_what_is_no_regular_file_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipa")
    (tmp_path / "putus").symlink_to(tmp_path / "tidak-ada")
    for name in ("tidak-ada.csv", "*.csv", "pipa", "putus", "."):
        assert await reason(tmp_path / name) == "unreachable no_file"


async def test_a_file_that_is_too_large_is_not_even_opened(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    os.truncate(path, 50 * 1024 * 1024 + 1)
    os.utime(path, (1, 1))
    with pytest.raises(BadAnswer) as raised:
        await taken(path)
    assert raised.value.reason == "sheet_too_large"


async def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")
    path.chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    assert await reason(path) == "refused file_permission"


async def test_a_deadline_that_passes_is_unreachable(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", age=0)
    with pytest.raises(Unreachable) as raised:
        await FileOrigin(path, 0.05).taken(None)
    assert raised.value.reason == "timeout"
