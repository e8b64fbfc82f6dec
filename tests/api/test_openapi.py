"""The OpenAPI document is valid, bounded everywhere, and says what the gateway does."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from openapi_spec_validator import validate

from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}
OPEN = {"alive", "ready", "status", "metrics", "problem", "contracts", "schema", "metadata", "keys"}
EXAMPLES = {
    "id": "0001",
    "nama": "Orang 1",
    "umur": "3",
    "lahir": "1990-01-01",
    "kode_wilayah": "12.76.01.1001",
    "telepon": "+6281234567890",
    "diubah": "2026-01-01",
}
CONTROLS = {"fields": "id,nama", "sort": "-umur,id", "limit": "5", "count": "exact"}


@asynccontextmanager
async def opened(tmp_path: Path, fields: str = '"*"') -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(number) for number in range(1, 4)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.client("kominfo-app", "diskominfo")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields=fields)
        async with aid.town.open() as asking:
            yield asking


async def document(asking: Asking, identifier: str | None = None) -> dict[str, Any]:
    reply = await asking.get("/openapi.json", identifier)
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def operations(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in found["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def nodes(found: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(found, dict):
        yield place, found
        for name, value in found.items():
            yield from nodes(value, f"{place}/{name}")
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from nodes(value, f"{place}/{number}")


def typed(found: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, node in nodes(found):
        kind = node.get("type")
        if kind == name or (isinstance(kind, list) and name in kind):
            yield place, node


def resolved(found: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        here: Any = found
        for step in node["$ref"].removeprefix("#/").split("/"):
            here = here[step]
        node = here
    return node


async def test_the_document_is_valid_openapi_3_1(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for identifier in (None, "bappeda-app", "kominfo-app"):
            found = await document(asking, identifier)
            assert found["openapi"].startswith("3.1.")
            validate(found)
            assert found["servers"][0]["url"] == "http://titian.test"
            assert len(found["servers"]) == 1


async def test_every_operation_has_a_name_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        names = [operation["operationId"] for _, _, operation in operations(await document(asking))]
        assert len(names) == len(set(names)) > 10
        assert {"listOrang", "getOrang", "searchOrang", "token"} <= set(names)


async def test_every_reference_leads_somewhere(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await document(asking)
        references = [node for _, node in nodes(found) if isinstance(node.get("$ref"), str)]
        assert references
        for node in references:
            assert node["$ref"].startswith("#/components/")
            assert resolved(found, node)


async def test_every_string_and_every_number_is_bounded(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await document(asking)
        strings, integers = list(typed(found, "string")), list(typed(found, "integer"))
        assert len(strings) > 30
        assert len(integers) > 10
        assert [place for place, node in strings if not {"maxLength", "enum", "pattern", "format"} & set(node)] == []
        assert [place for place, node in integers if not {"format", "minimum", "maximum"} <= set(node)] == []
        assert [place for place, node in typed(found, "number") if not {"format", "minimum", "maximum"} <= set(node)] == []
        assert [place for place, node in typed(found, "array") if not {"items", "maxItems"} <= set(node)] == []


async def test_nothing_speaks_of_the_validation_error_of_the_frame(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        assert "ValidationError" not in (await asking.get("/openapi.json")).text


async def test_every_data_operation_names_its_refusals(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await document(asking)
        data = [operation for path, _, operation in operations(found) if path.startswith("/v1/")]
        assert len(data) == 2 * 4
        for operation in data:
            assert {"oauth2": []} in operation["security"]
            for status in ("400", "401", "403", "404", "422", "429", "500", "502", "503", "504"):
                answer = resolved(found, operation["responses"][status])
                assert list(answer["content"]) == ["application/problem+json"]
            for status in ("429", "503"):
                assert "Retry-After" in resolved(found, operation["responses"][status])["headers"]


async def test_the_token_operation_names_what_the_edge_answers_beside_oauth(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await document(asking)
        answers = found["paths"]["/oauth/token"]["post"]["responses"]
        assert set(answers) >= {"200", "400", "401", "405", "413", "500", "503"}
        for status in ("400", "401"):
            assert list(answers[status]["content"]) == ["application/json"]
            assert "RFC 6749" in answers[status]["x-noqa"]
        wrong = await asking.http.get("/oauth/token")
        assert (wrong.status_code, wrong.headers["content-type"]) == (405, "application/problem+json")
        assert list(resolved(found, answers["405"])["content"]) == ["application/problem+json"]


async def test_what_outside_judges_ask_of_servers_and_tokens_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await document(asking)
        assert [server["x-internal"] for server in found["servers"]] == [False]
        assert "RFC8725" in found["components"]["securitySchemes"]["oauth2"]["description"]


async def test_who_may_ask_is_said_of_every_operation(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await document(asking)
        for path, _, operation in operations(found):
            name = operation["operationId"]
            if name in OPEN:
                assert operation["security"] == [], path
            elif name in {"token", "revoke", "introspect"}:
                assert operation["security"] == [{"clientAuth": []}]
            else:
                free = [{}] if path.startswith("/v1/aplikasi") else []
                assert operation.get("security", found["security"]) == [*free, {"oauth2": []}], path
        schemes = found["components"]["securitySchemes"]
        assert schemes["oauth2"]["flows"]["clientCredentials"]["tokenUrl"] == "http://titian.test/oauth/token"


async def test_what_is_open_is_answered_without_a_token_and_the_rest_is_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        filled = {"{contract}": "orang", "{code}": "internal", "aplikasi/{key}": "aplikasi/dinsos.orang", "{key}": "0001", "v{major}": "v1"}
        for path, method, operation in operations(await document(asking)):
            free = OPEN | {"listAplikasi", "getAplikasi"}
            for name, value in filled.items():
                path = path.replace(name, value)
            reply = await asking.http.request(method, path)
            # What is asked of an open contract by a body has no body here.
            wanted = 200 if operation["operationId"] in free else 415 if path.startswith("/v1/aplikasi") else 401
            assert reply.status_code == wanted, path


async def test_a_token_cuts_the_document_to_what_its_bearer_may_read(tmp_path: Path) -> None:
    async with opened(tmp_path, '["id", "umur"]') as asking:
        own = await document(asking, "bappeda-app")
        assert set(own["components"]["schemas"]["Orang"]["properties"]) == {"id", "umur"}
        asked = {parameter["name"] for parameter in own["paths"]["/v1/orang"]["get"]["parameters"] if parameter["in"] == "query"}
        bounds = {f"umur__{op}" for op in ("gt", "gte", "lt", "lte")}
        text = {"id__contains", "id__startswith"}
        assert asked == {"id", "id__in", "id__ne", "umur", "umur__in", "umur__ne", *bounds, *text, "fields", "sort", "limit", "cursor", "count"}
        searched = own["paths"]["/v1/orang:search"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
        assert all(name.startswith(("id", "umur")) for name in searched["filter"]["properties"])
        nobody = await document(asking, "kominfo-app")
        assert not [path for path in nobody["paths"] if path.startswith("/v1/") and not path.startswith("/v1/aplikasi")]
        assert "Orang" not in nobody["components"]["schemas"]
        public = await document(asking)
        assert set(public["components"]["schemas"]["Orang"]["properties"]) == set(EXAMPLES)


async def test_a_cache_is_told_that_the_document_depends_on_the_token(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for identifier in (None, "bappeda-app"):
            assert (await asking.get("/openapi.json", identifier)).headers["vary"] == "Authorization"


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_bad_token_gets_no_document(tmp_path: Path, token: str) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get("/openapi.json", authorization=f"Bearer {token}")
        assert (reply.status_code, reply.json()["code"]) == (401, "unknown_caller")
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_every_parameter_of_the_document_is_accepted_and_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = (await document(asking, "bappeda-app"))["paths"]
        names = [one["name"] for one in found["/v1/orang"]["get"]["parameters"] if one["in"] == "query" and one["name"] != "cursor"]
        assert len(names) > 15
        for name in names:
            value = CONTROLS.get(name) or EXAMPLES[name.partition("__")[0]]
            reply = await asking.get(f"/v1/orang?{urlencode({name: value})}", "bappeda-app")
            assert reply.status_code == 200, (name, reply.text)
        first = (await asking.get("/v1/orang?limit=1", "bappeda-app")).json()
        following = first["links"]["next"]
        assert "cursor=" in following
        second = await asking.get(following.removeprefix("http://titian.test"), "bappeda-app")
        assert second.json()["data"][0]["id"] == "0002"
        for query in ("karangan=1", "nama__gte=a", "umur__within=3", "umur__=3", "offset=5", "Limit=5"):
            refused = await asking.get(f"/v1/orang?{query}", "bappeda-app")
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown"), query


async def test_every_member_of_a_search_in_the_document_is_accepted_and_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = (await document(asking, "bappeda-app"))["paths"]["/v1/orang:search"]["post"]
        members = found["requestBody"]["content"]["application/json"]["schema"]["properties"]
        assert set(members) == {"filter", "fields", "sort", "limit", "cursor", "count"}
        for name, schema in members["filter"]["properties"].items():
            text = EXAMPLES[name.partition("__")[0]]
            value: Any = int(text) if "integer" in str(schema) else text
            for said in [value] if name.endswith(("__gte", "__lte", "__gt", "__lt")) else [value, [value]]:
                reply = await asking.search("orang", {"filter": {name: said}, "fields": ["id"], "limit": 2, "count": "none"}, "bappeda-app")
                assert reply.status_code == 200, (name, reply.text)
        for body in ({"karangan": 1}, {"filter": {"karangan": 1}}, {"filter": {"nama__gte": "a"}}):
            refused = await asking.search("orang", body, "bappeda-app")
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown")
