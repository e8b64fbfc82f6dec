"""A relay over real sockets, between the gateway and a far side that is well: it does to the connections what a test tells it to."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

GARBAGE = b"SSH-2.0-OpenSSH_5.3\r\n\x00\xff\xfe"


@dataclass
class Relay:
    """`mode` may be exchanged while it runs; `after` is the number of bytes of the answer after which reset, truncate and drip begin.

    `opened` counts connections, `arrived` is set by the first byte of a question that the mode keeps."""

    to: int | str
    port: int = 0
    mode: str = "plain"
    after: int = 0
    opened: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listens; again on the same port after `stop`."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """The mode `refuse`: nobody listens, and what was open is gone."""
        if self._server is not None:
            self._server.close()
            await self.sever()
            await self._server.wait_closed()

    async def sever(self) -> None:
        """Every connection is reset."""
        while self._tasks:
            open_now = dict(self._tasks)
            for task, writer in open_now.items():
                task.cancel()
                _reset(writer)
            await asyncio.gather(*open_now, return_exceptions=True)
            for task in open_now:
                self._tasks.pop(task, None)
        # What was reset is closed in the next turn.
        await asyncio.sleep(0)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks[task] = writer
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.mode in ALONE:
                await reader.read(65536)
                self.arrived.set()
                await ALONE[self.mode](self, writer)
            else:
                await self._between(reader, writer)
        except OSError:
            pass
        finally:
            writer.close()

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opening = asyncio.open_connection("127.0.0.1", self.to) if isinstance(self.to, int) else asyncio.open_unix_connection(self.to)
        back, there = await opening
        asking, sent = asyncio.create_task(self._questions(reader, there)), 0
        try:
            while chunk := await back.read(65536):
                if not await self._answer(chunk, writer, self.after - sent):
                    return
                sent += len(chunk)
        finally:
            there.close()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _questions(self, reader: asyncio.StreamReader, there: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            there.write(chunk)
            await there.drain()
        if not there.is_closing():
            there.write_eof()

    async def _answer(self, chunk: bytes, writer: asyncio.StreamWriter, left: int) -> bool:
        """Whether the connection goes on; `left` bytes of the answer still pass as they are."""
        if self.mode == "latency":
            self.arrived.set()
            await self.released.wait()
        if self.mode in ("plain", "latency") or len(chunk) <= left:
            writer.write(chunk)
            await writer.drain()
            return True
        self.arrived.set()
        writer.write(chunk[:left])
        await writer.drain()
        if self.mode == "reset":
            _reset(writer)
        elif self.mode == "drip":
            await _drip(chunk[left:], writer)
        return False


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST in place of FIN."""
    line = writer.get_extra_info("socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _drip(rest: bytes, writer: asyncio.StreamWriter) -> None:
    for byte in rest:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _hang(relay: Relay, _writer: asyncio.StreamWriter) -> None:
    await relay.released.wait()


async def _garbage(_relay: Relay, writer: asyncio.StreamWriter) -> None:
    writer.write(GARBAGE)
    await writer.drain()


async def _slow_close(relay: Relay, writer: asyncio.StreamWriter) -> None:
    """Everything but the end: an answer without a length whose connection is not closed."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + b'{"data": [], "total": 0}')
    await writer.drain()
    await relay.released.wait()


ALONE: dict[str, Callable[[Relay, asyncio.StreamWriter], Awaitable[None]]] = {"hang": _hang, "garbage": _garbage, "slow_close": _slow_close}
MODES = ("plain", "latency", "reset", "truncate", "drip", *ALONE)


@asynccontextmanager
async def relay(address: str) -> AsyncIterator[Relay]:
    """In front of a far side at this address, or at the path of this socket."""
    made = Relay(address if address.startswith("/") else int(address.rpartition(":")[2]))
    await made.start()
    try:
        yield made
    finally:
        made.released.set()
        await made.stop()
