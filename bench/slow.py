"""A source that takes its time: the records of a folder, each after 20 ms. `/ukur` says how often it was asked, in the words of nginx."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

DELAY = 0.020
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
ANSWERS: dict[str, bytes] = {}


class Source(asyncio.Protocol):
    """GET with keep-alive and nothing else; questions have no body."""

    asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        *questions, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for question in questions:
            Source.asked += 1
            path = question.split(b" ", 2)[1].decode()
            if path == "/ukur":
                self._answer(b"Active connections: 1\nserver accepts handled requests\n 0 0 %d\n" % Source.asked)
            else:
                asyncio.get_running_loop().call_later(DELAY, self._answer, ANSWERS[path])

    def _answer(self, body: bytes) -> None:
        self._transport.write(HEAD % (len(body), body))


async def main(folder: Path, port: int) -> None:
    ANSWERS.update((f"/satu/{path.name}", path.read_bytes()) for path in (folder / "satu").iterdir())
    server = await asyncio.get_running_loop().create_server(Source, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2])))
