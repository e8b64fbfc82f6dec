"""A third application is connected by files alone: those of the guide, dropped into a copy of the city."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.main import checked
from app.settings import Settings
from tests.fixtures.far_side import Asked, Said, far_side
from tests.fixtures.lists import ROOT
from tests.fixtures.town import Town

GUIDE = (ROOT / "docs" / "guides" / "menyambungkan-aplikasi.md").read_text()
ROWS = [
    {"no_izin": f"00{number}", "nm_usaha": f"Toko {number}", "modal_rp": "1,5 juta", "tgl": "17-08-2020", "kel_bps": kel}
    for number, kel in enumerate(("1274010001", "1274021003", "1276011001", "1274030008", "1274011001"), start=1)
]


def umkm(asked: Asked) -> Said:
    """An application that nobody tuned to anything."""
    if asked.headers.get("x-api-key") != "kunci-umkm":
        return Said({"sukses": False, "pesan": "kunci salah"}, status=401)
    if asked.path == "/umkm/daftar":
        start = (int(asked.params["hal"]) - 1) * int(asked.params["jumlah"])
        return Said({"sukses": True, "total": len(ROWS), "isi": ROWS[start : start + int(asked.params["jumlah"])]})
    found = [row for row in ROWS if asked.path.endswith("/" + str(row["no_izin"]))]
    return Said({"sukses": True, "isi": found[0]} if found else {"sukses": False, "pesan": "tidak ditemukan"})


def dropped(tmp_path: Path, address: str) -> Town:
    """The files of the guide in a copy of the demo's city folder, pointed at this far side."""
    folder = tmp_path / "kota"
    shutil.copytree(ROOT / "cities" / "tebing-tinggi", folder)
    for language, text in re.findall(r"^```(yaml|toml)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL):
        name = text.splitlines()[0].removeprefix("# ")
        assert language in ("yaml", "toml")
        (folder / name).write_text(text.replace("http://127.0.0.1:9300", address))
    names = ("UMKM_KEY=kunci-umkm", "SIAK_USER=a", "SIAK_PASSWORD=b", "BANSOS_USER=c", "BANSOS_PASSWORD=d", "DROPSERVER_KEY=e")
    (tmp_path / "secrets").write_text("\n".join(names))
    database = f"sqlite+aiosqlite:///{tmp_path}/titian.db"
    settings = Settings(city=folder, database_url=database, keys=tmp_path / "keys", public_url="http://titian.test", secrets=tmp_path / "secrets")
    return Town(folder, settings)


@pytest.mark.anyio
async def test_the_application_of_the_guide_is_connected_by_its_files(tmp_path: Path) -> None:
    with far_side(umkm) as side:
        town = dropped(tmp_path, side.address)
        town.client("bappeda-app", "bappeda")
        town.apply(town.folder / "perjanjian.toml")
        async with town.open() as asking:
            answer = (await asking.get("/v1/izin-usaha?limit=10", "bappeda-app")).json()
            assert [record["nib"] for record in answer["data"]] == ["001", "002", "004", "005"], (
                "the one without a region of ours is not the caller's"
            )
            assert answer["data"][0] == {"nib": "001", "nama": "Toko 1", "modal": 1500000, "kode_wilayah": "12.76.01.1001"}
            assert answer["meta"]["complete"] is True
            assert (await asking.get("/v1/izin-usaha/002", "bappeda-app")).json()["data"]["nama"] == "Toko 2"
            assert (await asking.get("/v1/izin-usaha/003", "bappeda-app")).status_code == 404
            assert (await asking.get("/v1/izin-usaha/999", "bappeda-app")).status_code == 404
            await asyncio.sleep(0)
            assert {row["agreement"] for row in asking.ledger()} == {"PKS-021"}


def test_the_files_of_the_guide_pass_the_check(tmp_path: Path) -> None:
    town = dropped(tmp_path, "http://127.0.0.1:9300")
    assert "izin-usaha" in checked(town.settings)[0].published
    done = subprocess.run([sys.executable, "-m", "app", "check", str(town.folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (town.folder / "systems" / "dagkop.umkm.toml").write_text('id = "dagkop.umkm"\nknd = "rest"\n')
    broken = subprocess.run([sys.executable, "-m", "app", "check", str(town.folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert "systems/dagkop.umkm.toml:2: unknown_key: knd is not known here. Did you mean 'kind'?" in broken.stdout
