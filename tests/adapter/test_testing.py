"""The conformance suite itself, where no file of a city shows that it works."""

from pathlib import Path

import pytest

from app.adapter.loading import World
from app.adapter.secret import Secrets
from app.adapter.testing import cases, closing, far, first_page, source_at
from app.contract.contract import Contract
from tests.fixtures.lists import LISTS, prop

FILE = """\
id = "kemenkes.sehat"
title = "Uji"
kind = "rest"
legal_basis = "Perwal uji"
[connection]
base = "https://api.example.go.id/fhir"
[connection.auth]
type = "oauth2"
token_url = "{token_url}"
client_id = "$ID"
client_secret = "$RAHASIA"
[[resource]]
contract = "orang"
[resource.read]
list = "/orang"
[resource.map]
id = "no"
"""


@pytest.mark.anyio
@pytest.mark.parametrize("token_url", ["https://auth.example.go.id/oauth/token", "/oauth/token"])
async def test_a_file_that_names_another_host_for_its_tokens_fetches_them_at_the_far_side(tmp_path: Path, token_url: str) -> None:
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "kemenkes.sehat.toml").write_text(FILE.format(token_url=token_url))
    contract = Contract("orang", "1.0.0", "Orang", "", "terbatas", {"id": prop(key=1)}, ("id",))
    (case,) = cases(tmp_path, World({"orang": contract}, LISTS, Secrets({})))
    with far(case) as side:
        side.body = b'[{"no": "1"}]'
        async with closing(source_at(case, side.address)) as source:
            assert (await first_page(source)).rows == [{"no": "1"}]
