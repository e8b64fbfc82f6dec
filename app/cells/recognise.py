"""What a file is, by its content and never by its name."""

from __future__ import annotations

import io
import zipfile
import zlib

from app.cells.limit import ENTRIES, FILE, FREE, RATIO, UNPACKED, Unreadable

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta")


def recognised(content: bytes, wanted: str) -> tuple[str, bytes]:
    """What it is (xlsx, xls or text) and its content without gzip; `wanted` is a format of the system's file.

    Raises Unreadable: empty_file, html_not_a_sheet, not_a_sheet, encrypted_sheet, zip_bomb, sheet_too_large, not_a_xlsx, not_a_xls, not_text."""
    if content.startswith(GZIP):
        content = _unwrapped(content)
    found = _found(content)
    if found != {"auto": found, "csv": "text"}.get(wanted, wanted):
        raise Unreadable(f"not_a_{wanted}" if wanted in ("xlsx", "xls") else "not_text")
    return found, content


def _found(content: bytes) -> str:
    if not content.strip():
        raise Unreadable("empty_file")
    if content.startswith(OLE):
        return "xls"
    if content.startswith(ZIP):
        _zip(content)
        return "xlsx"
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(HTML):
        raise Unreadable("html_not_a_sheet")
    if start.startswith(b"<?xml"):
        raise Unreadable("not_a_sheet")
    return "text"


def _zip(content: bytes) -> None:
    """What the archive says of itself; what it does not say is held by the limits of the process."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable("not_readable") from error
    size = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES or size > UNPACKED or size > max(FREE, len(content) * RATIO):
        raise Unreadable("zip_bomb")
    if not any(entry.filename.startswith("xl/") for entry in entries):
        raise Unreadable("not_a_sheet")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted_sheet")


def _unwrapped(packed: bytes) -> bytes:
    most = min(FILE, max(FREE, len(packed) * RATIO))
    unpacker = zlib.decompressobj(31)
    try:
        content = unpacker.decompress(packed, most + 1)
    except zlib.error as error:
        raise Unreadable("not_readable") from error
    if len(content) > most:
        raise Unreadable("zip_bomb")
    if not unpacker.eof:
        raise Unreadable("not_readable")
    return content
