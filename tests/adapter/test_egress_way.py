"""The way out to one system."""

import asyncio
import socket
import ssl
import threading
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, load_pem_private_key

from app.adapter.egress import Egress, Place
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable
from tests.fixtures.far_side import Asked, Said, far_side
from tests.fixtures.raw_side import answering, fails, ok, raw_side, saying, told, way_to


@pytest.mark.anyio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(status: int) -> None:
    with far_side(lambda asked: Said({}, status, {"location": "/elsewhere"})) as side:
        async with way_to(side.address) as egress:
            with fails(BadAnswer, "redirect"):
                await egress.ask("GET", "/here")
            with fails(BadAnswer, "redirect"):
                await egress.login("POST", "/here", headers={}, form={"a": "b"}, json=None)
        assert [asked.path for asked in side.asked] == ["/here", "/here"]


@pytest.mark.anyio
async def test_cookies_of_a_source_are_not_sent_back() -> None:
    with far_side(lambda _asked: Said({}, headers={"set-cookie": "sid=1; Path=/"})) as side:
        async with way_to(side.address.replace("127.0.0.1", "localhost"), lookup=answering("127.0.0.1")) as egress:
            for _ in range(2):
                await egress.ask("GET", "/")
                await egress.login("POST", "/", headers={}, form=None, json={})
        assert len(side.asked) == 4
        assert not any("cookie" in asked.headers for asked in side.asked)


@pytest.mark.anyio
async def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with far_side(lambda _asked: Said({"by": "proxy"})) as proxy, far_side(lambda _asked: Said({"by": "source"})) as side:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with way_to(side.address) as egress:
            assert (await egress.ask("GET", "/")).body == b'{"by": "source"}'
            assert (await egress.login("POST", "/", headers={}, form=None, json={})).body == b'{"by": "source"}'
        assert proxy.asked == []


async def drip(_number: int, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silence(_number: int, _writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(60)
    return False


@pytest.mark.anyio
@pytest.mark.parametrize("say", [drip, silence])
async def test_the_deadline_counts_to_the_last_byte(say) -> None:
    async with raw_side(say) as side, way_to(side.address, timeout=0.3) as egress:
        with fails(Unreachable, "timeout"):
            await egress.ask("GET", "/")
        with fails(Unreachable, "timeout"):
            await egress.login("POST", "/", headers={}, form=None, json={})
        assert len(side.asked) == 2


@pytest.mark.anyio
async def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        async with way_to(f"http://127.0.0.1:{held.getsockname()[1]}") as egress:
            with fails(Unreachable, "refused_connection") as caught:
                await egress.ask("POST", "/", body=b"{}")
            assert caught.value.sent is False
            with fails(Unreachable, "refused_connection"):
                await egress.login("POST", "/", headers={}, form=None, json={})


@pytest.mark.anyio
async def test_a_name_that_nobody_knows_is_dns() -> None:
    async with way_to("http://layanan.test", lookup=answering()) as egress:
        with fails(Unreachable, "dns") as caught:
            await egress.ask("GET", "/")
        assert caught.value.sent is False


async def closing_a_kept_one(number: int, writer: asyncio.StreamWriter) -> bool:
    """Answers the first request and keeps the connection, hangs up on the second, answers any other."""
    if number == 2:
        return False
    writer.write(ok())
    await writer.drain()
    return True


@pytest.mark.anyio
async def test_a_get_on_a_connection_that_the_source_had_closed_is_asked_once_more() -> None:
    async with raw_side(closing_a_kept_one) as side, way_to(side.address) as egress:
        await egress.ask("GET", "/first")
        assert (await egress.ask("GET", "/second")).status == 200
        assert [head.split()[1] for head in side.asked] == [b"/first", b"/second", b"/second"]
        assert side.connections == 2


@pytest.mark.anyio
async def test_a_post_on_a_connection_that_the_source_had_closed_is_not_asked_again() -> None:
    async with raw_side(closing_a_kept_one) as side, way_to(side.address) as egress:
        await egress.ask("GET", "/first")
        with fails(Unreachable, "dropped") as caught:
            await egress.ask("POST", "/second", body=b"{}")
        assert caught.value.sent is True
        assert [head.split()[1] for head in side.asked] == [b"/first", b"/second"]


@pytest.mark.anyio
async def test_the_second_time_a_connection_is_used_that_was_never_used_before() -> None:
    two = asyncio.Barrier(2)

    async def restarted(number: int, writer: asyncio.StreamWriter) -> bool:
        """Answers the first two requests on two connections, then hangs up on every connection that it kept."""
        if number <= 2:
            await two.wait()
        elif writer in kept:
            return False
        kept.append(writer)
        writer.write(ok())
        await writer.drain()
        return True

    kept: list[asyncio.StreamWriter] = []
    async with raw_side(restarted) as side, way_to(side.address, concurrency=2) as egress:
        await asyncio.gather(egress.ask("GET", "/"), egress.ask("GET", "/"))
        assert side.connections == 2
        assert (await egress.ask("GET", "/again")).status == 200
        assert (side.connections, len(side.asked)) == (3, 4)


@pytest.mark.anyio
async def test_the_second_time_counts_in_the_rate() -> None:
    async with raw_side(closing_a_kept_one) as side, way_to(side.address, rate="2/day") as egress:
        await egress.ask("GET", "/first")
        with fails(Throttled, "own_rate"):
            await egress.ask("GET", "/second")
        assert len(side.asked) == 2


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_the_library_beneath_repeats_nothing_in_secret(method: str) -> None:
    async with raw_side(closing_a_kept_one) as side, way_to(side.address) as egress:
        await egress.ask("GET", "/first")
        with fails(Unreachable, "dropped"):
            await egress.ask(method, "/second")
        assert len(side.asked) == 2


@pytest.mark.anyio
async def test_who_stops_waiting_is_not_answered_with_a_failure_and_frees_the_place() -> None:
    async def slow_once(number: int, writer: asyncio.StreamWriter) -> bool:
        if number == 1:
            arrived.set()
            await asyncio.sleep(60)
        writer.write(ok())
        await writer.drain()
        return True

    arrived = asyncio.Event()
    async with raw_side(slow_once) as side, way_to(side.address, concurrency=1) as egress:
        question = asyncio.create_task(egress.ask("GET", "/"))
        await arrived.wait()
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question
        assert (await egress.ask("GET", "/")).status == 200


@pytest.mark.anyio
async def test_a_get_is_asked_twice_at_most() -> None:
    async with raw_side(saying(b"")) as side, way_to(side.address) as egress:
        with fails(Unreachable, "dropped"):
            await egress.ask("GET", "/")
        assert len(side.asked) == 2


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["é", "Siti \u2013 中", "\U0001f600", "\udc80", "a\nb", "a\r\nX-Other: 1", "a\x00b", "a\rb"])
async def test_a_header_that_cannot_be_sent_is_a_bad_header(value: str) -> None:
    with far_side(lambda _asked: Said({})) as side:
        async with way_to(side.address) as egress:
            with fails(BadAnswer, "bad_header"):
                await egress.ask("GET", "/", headers={"X-Key": value})
            with fails(BadAnswer, "bad_header"):
                await egress.ask("POST", "/", headers={"X-Key": value}, body=b"{}")
            with fails(BadAnswer, "bad_header"):
                await egress.login("POST", "/", headers={"X-Key": value}, form=None, json={})
            assert (await egress.ask("GET", "/fine", headers={"X-Key": "fine"})).status == 200
        assert [asked.path for asked in side.asked] == ["/fine"]


def secured(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return context


@pytest.mark.anyio
async def test_a_certificate_of_the_right_host_and_ca_is_answered(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with raw_side(saying(ok(b"[]"), keep=True), secured(ca, "layanan.test")) as side:
        base = f"https://layanan.test:{side.port}"
        async with way_to(base, lookup=answering("127.0.0.1"), ca=str(tmp_path / "ca.pem")) as egress:
            assert (await egress.ask("GET", "/")).body == b"[]"
            assert (await egress.login("POST", "/", headers={}, form=None, json={})).body == b"[]"


@pytest.mark.anyio
@pytest.mark.parametrize(("host", "trusted", "reason"), [("other.test", True, "tls_wrong_host"), ("layanan.test", False, "tls_untrusted")])
async def test_a_certificate_of_another_host_or_ca_is_not_answered(tmp_path: Path, host: str, trusted: bool, reason: str) -> None:
    ca = trustme.CA()
    (ca if trusted else trustme.CA()).cert_pem.write_to_path(tmp_path / "ca.pem")
    async with raw_side(saying(ok()), secured(ca, host)) as side:
        base = f"https://layanan.test:{side.port}"
        async with way_to(base, lookup=answering("127.0.0.1"), ca=str(tmp_path / "ca.pem")) as egress:
            with fails(Unreachable, reason) as caught:
                await egress.ask("GET", "/")
            assert caught.value.sent is False
            with fails(Unreachable, reason):
                await egress.login("POST", "/", headers={}, form=None, json={})
        assert side.asked == []


@pytest.mark.anyio
async def test_a_source_that_asks_for_our_certificate_is_shown_it(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    ca.issue_cert("titian.test").private_key_and_cert_chain_pem.write_to_path(tmp_path / "ours.pem")
    context = secured(ca, "layanan.test")
    context.verify_mode = ssl.CERT_REQUIRED
    ca.configure_trust(context)
    async with raw_side(saying(ok(b"[]"), keep=True), context) as side:
        base, known = f"https://layanan.test:{side.port}", {"lookup": answering("127.0.0.1"), "ca": str(tmp_path / "ca.pem")}
        async with way_to(base, cert=str(tmp_path / "ours.pem"), **known) as egress:
            assert (await egress.ask("GET", "/")).body == b"[]"
            assert (await egress.login("POST", "/", headers={}, form=None, json={})).body == b"[]"
        async with way_to(base, **known) as egress:
            # asyncio hides the alert with which the source says why it hangs up, so the word cannot be `tls`.
            with pytest.raises(Unreachable):
                await egress.ask("GET", "/")
            with pytest.raises(Unreachable):
                await egress.login("POST", "/", headers={}, form=None, json={})
        assert len(side.asked) == 2


@pytest.mark.anyio
async def test_a_key_with_a_password_is_tls_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("titian.test")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"rahasia"))
    (tmp_path / "ours.pem").write_bytes(locked + issued.cert_chain_pems[0].bytes())
    async with way_to("https://127.0.0.1:9", cert=str(tmp_path / "ours.pem")) as egress:
        with fails(Unreachable, "tls"):
            await egress.ask("GET", "/")


@pytest.mark.anyio
async def test_a_ca_file_that_is_not_there_or_not_one_is_tls(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for name in ("absent.pem", "bad.pem"):
        async with way_to("https://127.0.0.1:9", ca=str(tmp_path / name)) as egress:
            with fails(Unreachable, "tls"):
                await egress.ask("GET", "/")
            with fails(Unreachable, "tls"):
                await egress.login("POST", "/", headers={}, form=None, json={})


@pytest.mark.anyio
async def test_no_more_calls_are_under_way_than_the_file_allows() -> None:
    lock, inside, counts = threading.Lock(), [0], []
    two = threading.Barrier(2)

    def answer(_asked: Asked) -> Said:
        with lock:
            inside[0] += 1
            counts.append(inside[0])
        two.wait(10)
        with lock:
            inside[0] -= 1
        return Said({})

    with far_side(answer) as side:
        async with way_to(side.address, concurrency=2) as egress:
            await asyncio.gather(*(egress.ask("GET", "/") for _ in range(12)))
    assert len(counts) == 12
    assert max(counts) == 2


@pytest.mark.anyio
async def test_a_call_over_the_rate_is_throttled_and_not_sent() -> None:
    with far_side(lambda _asked: Said({})) as side:
        async with way_to(side.address, rate="2/day") as egress:
            await egress.ask("GET", "/")
            await egress.ask("GET", "/")
            with fails(Throttled, "own_rate") as caught:
                await egress.ask("GET", "/")
            assert caught.value.retry_after > 3600
        assert len(side.asked) == 2


@pytest.mark.anyio
async def test_a_way_may_be_closed_twice_and_opened_by_no_one() -> None:
    with far_side(lambda _asked: Said({})) as side:
        egress = Egress("kominfo.layanan", Place(side.address), told())
        await egress.close()
        await egress.ask("GET", "/")
        await egress.close()
        await egress.close()


def test_a_way_shows_only_its_system() -> None:
    assert repr(Egress("kominfo.layanan", Place("http://10.0.0.1", "/ca"), told())) == "Egress(kominfo.layanan)"


@pytest.mark.anyio
async def test_the_ceiling_of_the_operator_holds_for_an_address() -> None:
    with far_side(lambda _asked: Said({})) as side:
        ceiling = tuple(Egress("a.b", Place("http://h"), told(networks=["10.0.0.0/8"]))._networks)
        egress = Egress("kominfo.layanan", Place(side.address), told(), ceiling=ceiling)
        with fails(Refused, "address_not_allowed"):
            await egress.ask("GET", "/")
        await egress.close()
        assert side.asked == []


@pytest.mark.anyio
async def test_what_a_library_says_never_reaches_the_failure() -> None:
    async with raw_side(saying(b"HTTP/1.1 2x0 NIK 3201\r\n\r\n")) as side, way_to(side.address) as egress:
        with pytest.raises(SourceError) as caught:
            await egress.ask("GET", "/")
        assert "3201" not in f"{caught.value} {caught.value.reason} {caught.value.detail}"
