"""Quotas that several processes count together in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.errors import CityError
from app.exchange.quota import Counters, Wanted
from app.exchange.shared_quota import Shared
from tests.fixtures.valkey import deaf, store

pytestmark = pytest.mark.anyio
DAY = ("PKS-1", "orang", "86400:20000")
HOUR = ("PKS-1", "orang", "3600:480000")


@asynccontextmanager
async def sharing(url: str, number: int = 2, prefix: str = "titian:a:") -> AsyncIterator[list[tuple[Shared, Counters]]]:
    counters = [Counters() for _ in range(number)]
    made = [(Shared(url, own, prefix), own) for own in counters]
    try:
        yield made
    finally:
        for shared, _ in made:
            await shared.close()


async def test_together_they_admit_exactly_as_many_as_the_quota_holds(tmp_path: Path) -> None:
    with store(tmp_path) as valkey:
        async with sharing(valkey.url) as ((one, _), (other, _)):
            wanted = [Wanted(DAY, 20, 60)]
            found = await asyncio.gather(*(shared.take(wanted) for _ in range(30) for shared in (one, other)))
            assert sorted(used for (used,) in found) == [*range(20), *[20] * 40]
        async with sharing(valkey.url, 1, "titian:b:") as ((apart, _),):
            assert list(await apart.take(wanted)) == [0], "another city counts for itself"


async def test_where_one_quota_is_spent_none_is_charged(tmp_path: Path) -> None:
    with store(tmp_path) as valkey:
        async with sharing(valkey.url) as ((one, _), (other, known)):
            both = [Wanted(DAY, 5, 60), Wanted(HOUR, 1, 60)]
            assert list(await one.take(both)) == [0, 0]
            assert list(await other.take(both)) == [1, 1]
            assert (known.used(DAY), known.used(HOUR)) == (1, 1)


async def test_a_count_ends_with_its_window(tmp_path: Path) -> None:
    with store(tmp_path) as valkey:
        async with sharing(valkey.url, 1) as ((one, _),):
            await one.take([Wanted(DAY, 5, 7)])
            (name,) = await one._client.keys()
            assert 0 < await one._client.ttl(name) <= 67


async def test_without_valkey_each_counts_by_itself_and_says_so_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with store(tmp_path) as valkey:
        async with sharing(valkey.url) as ((one, known), (other, _)):
            wanted = [Wanted(DAY, 6, 60)]
            assert [list(await shared.take(wanted)) for shared in (one, other, one)] == [[0], [1], [2]]
            valkey.stop()
            known.learn([(*DAY, 4)])
            assert [list(await one.take(wanted)) for _ in range(4)] == [[4], [5], [6], [6]]
            valkey.start()
            one._alone_until = 0.0
            assert list(await one.take(wanted)) == [6], "an empty Valkey begins at what is known"
            other._alone_until = 0.0
    said = capfd.readouterr()
    assert (said.out + said.err).count("quotas_not_shared") == 1
    assert (said.out + said.err).count("quotas_shared_again") == 1


async def test_one_that_never_answers_is_left_alone_for_a_while() -> None:
    with deaf() as url:
        async with sharing(url, 1) as ((one, _),):
            found = await asyncio.gather(*(one.take([Wanted(DAY, 3, 60)]) for _ in range(5)))
            assert sorted(used for (used,) in found) == [0, 1, 2, 3, 3]


async def test_an_address_that_is_none_is_told_without_its_password() -> None:
    with pytest.raises(CityError) as caught:
        Shared("http://user:rahasia@host", Counters(), "")
    (problem,) = caught.value.problems
    assert (problem.file, problem.code) == ("TITIAN_VALKEY_URL", "bad_valkey_url")
    assert "rahasia" not in str(problem)
