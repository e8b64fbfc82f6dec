"""One question, answered whole: token, record, list, refusal, evidence."""

from pathlib import Path

import pytest

from app.ledger.verify import verify
from tests.fixtures.far_side import Asked, Said, far_side
from tests.fixtures.town import new_town

USAHA = """\
      - {name: nib, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: nama, logicalType: string, required: true}
      - {name: modal, logicalType: integer, customProperties: [{property: titian.semantic, value: money}]}
      - {name: berdiri, logicalType: date}
"""
RESOURCE = """
[[resource]]
contract = "usaha"
[resource.read]
list = "/usaha"
rows = "$.data"
get = "/usaha/{nib}"
[resource.page]
style = "page"
param = "halaman"
size_param = "per"
size = 2
total = "$.total"
[resource.map]
nib = "no_izin"
nama = "nm"
modal = { from = "modal", as = "rupiah" }
berdiri = { from = "tgl", format = "%d/%m/%Y" }
"""
ROWS = [{"no_izin": f"00{n}", "nm": f" Toko   {n} ", "modal": "Rp 1.500.000,00", "tgl": f"0{n}/08/2020"} for n in range(1, 6)]


def answer(asked: Asked) -> Said:
    if asked.path == "/usaha":
        page, size = int(asked.params["halaman"]), int(asked.params["per"])
        return Said({"data": ROWS[(page - 1) * size : page * size], "total": len(ROWS)})
    found = [row for row in ROWS if asked.path == f"/usaha/{row['no_izin']}"]
    return Said({"data": found[0]}) if found else Said({"error": "tidak ada"}, status=404)


@pytest.mark.anyio
async def test_a_question_is_answered_whole_and_leaves_evidence(tmp_path: Path) -> None:
    with far_side(answer) as side:
        town = new_town(tmp_path)
        town.contract("usaha", USAHA)
        town.system("dinsos.usaha", side.address, RESOURCE)
        town.client("bappeda-app", "bappeda")
        town.agreement("PKS-1", "bappeda", "dinsos", "usaha")
        async with town.open() as asking:
            one = await asking.get("/v1/usaha/001", "bappeda-app")
            assert one.status_code == 200, one.text
            assert one.json()["data"] == {"nib": "001", "nama": "Toko 1", "modal": 1500000, "berdiri": "2020-08-01"}
            seen: list[str] = []
            url: str | None = "/v1/usaha?limit=2"
            while url:
                page = await asking.get(url, "bappeda-app")
                assert page.status_code == 200, page.text
                seen += [record["nib"] for record in page.json()["data"]]
                url = page.json()["links"]["next"]
            assert seen == ["001", "002", "003", "004", "005"]
            assert (await asking.get("/v1/usaha/009", "bappeda-app")).status_code == 404
            assert (await asking.get("/v1/usaha")).status_code == 401
            document = (await asking.get("/openapi.json")).json()
            assert "/v1/usaha/{key}" in document["paths"]
        statuses = [row["status"] for row in asking.ledger()]
        assert statuses == [200, 200, 200, 200, 404, 401]
        assert verify(asking.gateway.database, asking.gateway.keys.ledger_public).bad is None
