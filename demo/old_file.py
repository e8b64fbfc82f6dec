"""The bad days of an application that is a file: what can go wrong with a page can go wrong with a delivery."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from demo.old_server import Mode

LOGIN = b"<html><head><title>Masuk</title></head><body><form action='/login'>Sesi Anda telah berakhir.</form></body></html>"
FAULT = b"<html><body><b>Fatal error</b>: Allowed memory size of 134217728 bytes exhausted</body></html>"


class Delivery:
    """One file as it was delivered, and what is wrong with it today. `changed` writes it anew with a column called otherwise.

    down: it is not there. slow: somebody is still writing it. error200, login_expired: a page in place of the export, as it is saved by a
    browser. half_page: its first half."""

    def __init__(self, path: Path, changed: Callable[[Path], object]) -> None:
        self.path, self.mode = path, "ok"
        self._content, self._moment = path.read_bytes(), path.stat().st_mtime_ns
        self._changed = changed

    @property
    def _mark(self) -> Path:
        """What an office program puts beside a file that it has open."""
        return self.path.with_name(f"~${self.path.name}")

    def switch(self, mode: Mode) -> None:
        """From now on."""
        self.mode = mode
        self._mark.unlink(missing_ok=True)
        if mode == "down":
            self.path.unlink(missing_ok=True)
        elif mode == "changed_column":
            self._put(self._elsewhere())
        elif mode == "slow":
            self._put(self._content)
            self._mark.touch()
        else:
            pages = {"error200": FAULT, "login_expired": LOGIN, "half_page": self._content[: len(self._content) // 2]}
            self._put(pages.get(mode, self._content))

    def _put(self, content: bytes) -> None:
        """All at once, and as old as it was: nothing is still growing."""
        made = self.path.with_name(f".{self.path.name}.tmp")
        made.write_bytes(content)
        os.utime(made, ns=(self._moment, self._moment))
        made.replace(self.path)

    def _elsewhere(self) -> bytes:
        made = self.path.with_name(f".{self.path.name}.new")
        made.write_bytes(self._content)
        self._changed(made)
        content = made.read_bytes()
        made.unlink()
        return content

    def close(self) -> None:
        self._mark.unlink(missing_ok=True)


def relabelled(before: str, after: str) -> Callable[[Path], None]:
    """What changes one text of a workbook, wherever it stands."""

    def change(path: Path) -> None:
        made = io.BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                new.writestr(entry, old.read(entry).replace(f">{before}<".encode(), f">{after}<".encode()))
        path.write_bytes(made.getvalue())

    return change
