"""ETag and If-None-Match (RFC 9110): what is hashed, what is not, and that a 304 is evidence too."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fixtures.aid import Aid, row
from tests.fixtures.far_side import Said
from tests.fixtures.town import Town

pytestmark = pytest.mark.anyio
PATHS = ["/v1/orang", "/v1/orang/0001"]


def aid(tmp_path: Path, stack: ExitStack, **words: str) -> tuple[Aid, Town]:
    made = Aid(tmp_path, stack)
    made.source("dinsos.orang", [row(1), row(2)])
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", **words)
    return made, made.town


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_that_has_not_changed_is_304_and_stands_in_the_evidence(tmp_path: Path, path: str) -> None:
    with ExitStack() as stack:
        _, town = aid(tmp_path, stack)
        async with town.open() as asking:
            first = await asking.get(path, "bappeda-app")
            tag = first.headers["etag"]
            assert tag.startswith('W/"') == (path == "/v1/orang")
            for held in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
                again = await asking.get(path, "bappeda-app", **{"if-none-match": held})
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
                assert "content-type" not in again.headers
            other = await asking.get(path, "bappeda-app", **{"if-none-match": '"x"'})
            assert (other.status_code, other.headers["etag"]) == (200, tag)
            assert [entry["status"] for entry in asking.ledger()] == [200, 304, 304, 304, 304, 200]
            assert all(entry["subjects"] == asking.ledger()[0]["subjects"] for entry in asking.ledger())


async def test_whatever_the_caller_sees_otherwise_is_another_tag(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made, town = aid(tmp_path, stack, purposes='["rpkd", "lain"]')
        town.client("dinsos-app", "dinsos")
        async with town.open() as asking:
            said = {"titian-purpose": "rpkd"}
            tags = [
                (await asking.get("/v1/orang", "bappeda-app", **said)).headers["etag"],
                (await asking.get("/v1/orang", "bappeda-app", **{"titian-purpose": "lain"})).headers["etag"],
                (await asking.get("/v1/orang", "bappeda-app", **said, **{"accept-language": "en"})).headers["etag"],
                (await asking.get("/v1/orang", "dinsos-app")).headers["etag"],
                (await asking.get("/v1/orang?count=exact", "bappeda-app", **said)).headers["etag"],
                (await asking.get("/v1/orang?fields=id", "bappeda-app", **said)).headers["etag"],
            ]
            made.sides["dinsos.orang"].answer = lambda _asked: Said({"data": [row(1)], "total": 2})
            tags.append((await asking.get("/v1/orang", "bappeda-app", **said)).headers["etag"])
            assert len(set(tags)) == len(tags)


async def test_a_withheld_field_does_not_move_the_tag(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made, town = aid(tmp_path, stack, fields='["id", "nama"]')
        async with town.open() as asking:
            first = (await asking.get("/v1/orang", "bappeda-app")).headers["etag"]
            made.sides["dinsos.orang"].answer = lambda _asked: Said({"data": [row(1, umur=77, hp="rusak"), row(2, diubah="2001-01-01")], "total": 2})
            assert (await asking.get("/v1/orang", "bappeda-app")).headers["etag"] == first


async def test_what_is_sent_by_post_bears_no_tag(tmp_path: Path) -> None:
    with ExitStack() as stack:
        _, town = aid(tmp_path, stack)
        async with town.open() as asking:
            reply = await asking.search("orang", {}, "bappeda-app")
            assert "etag" not in reply.headers
            assert reply.headers["cache-control"] == "no-store"


async def test_an_incomplete_answer_is_kept_by_nobody(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made, town = aid(tmp_path, stack)
        async with town.open() as asking:
            whole = await asking.get("/v1/orang", "bappeda-app")
            assert whole.headers["cache-control"] == "private, no-cache"
            made.sides["dinsos.orang"].answer = lambda _asked: Said({"data": [row(1), row(2)], "total": 9})
            part = await asking.get("/v1/orang", "bappeda-app", **{"if-none-match": whole.headers["etag"]})
            assert (part.status_code, part.json()["meta"]["complete"]) == (200, False)
            assert part.headers["cache-control"] == "no-store"


async def test_a_preference_is_a_word_and_not_a_part_of_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made, town = aid(tmp_path, stack)
        made.sides["dinsos.orang"].answer = lambda _asked: Said({"data": [row(1)], "total": 9})
        async with town.open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app", prefer="incomplete-is-fine")).status_code == 200
            assert (await asking.get("/v1/orang", "bappeda-app", prefer="wait=5, Complete")).status_code == 502
