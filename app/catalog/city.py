"""The grammar of `city.toml`: the city, its organisations, its Smart City council, teams and stages."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from app.adapter.manifest import Model

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
RegionCode = Annotated[str, Field(pattern=r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class City(Model):
    """`region` is a Kemendagri code; `timezone` an IANA name; `language` what users read first."""

    id: Id
    name: str
    region: RegionCode
    timezone: str = "Asia/Jakarta"
    language: Literal["id", "en"] = "id"
    contact: str | None = None

    @field_validator("timezone")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("there is no such time zone; write Asia/Jakarta, Asia/Makassar or Asia/Jayapura") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Organisation(Model):
    """One body that owns systems or asks: an OPD, another government, a ministry, a bank, a company, a university, a community."""

    id: Id
    name: str
    short: str | None = None
    type: Literal["opd", "pemda", "pusat", "bank", "bumn", "kampus", "masyarakat"]
    urusan: tuple[str, ...] = ()
    region: RegionCode | None = None
    contact: str | None = None

    _listed = field_validator("urusan", mode="before")(_tuple)


class Member(Model):
    role: str
    office: str


class Team(Model):
    dimension: Literal["GOV", "BRD", "ECO", "LIV", "SOC", "ENV"]
    name: str
    lead: str
    members: tuple[str, ...] = ()

    _listed = field_validator("members", mode="before")(_tuple)


class Stage(Model):
    name: str
    begins: date
    ends: date | None = None


class SmartCity(Model):
    """The council, one team per dimension, the stages of the masterplan."""

    council: tuple[Member, ...] = ()
    team: tuple[Team, ...] = ()
    stage: tuple[Stage, ...] = ()

    _listed = field_validator("council", "team", "stage", mode="before")(_tuple)


class CityFile(Model):
    city: City
    organisation: tuple[Organisation, ...] = Field(min_length=1)
    smartcity: SmartCity | None = None

    _listed = field_validator("organisation", mode="before")(_tuple)
