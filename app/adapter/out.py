"""The way out to one system over HTTP: what its resources share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.adapter.auth import Attachment, attachments
from app.adapter.egress import Egress, Network, Place
from app.adapter.manifest import QueryKey, Web
from app.adapter.paging import Below
from app.adapter.protocol import Reply


@dataclass(frozen=True, slots=True)
class Out:
    """The egress, the logins with their tokens, the headers that go with every request; `below` judges the addresses that the system tells,
    and `beside` leads to where tokens are fetched on other hosts."""

    egress: Egress
    auths: tuple[Attachment, ...]
    fixed: Mapping[str, str] = field(repr=False)
    below: Below
    beside: tuple[Egress, ...] = ()

    @classmethod
    def of(cls, system: str, base: str, connection: Web, ceiling: tuple[Network, ...]) -> Out:
        """No connection is made before the first question."""
        beside: list[Egress] = []

        def way(base: str) -> Egress:
            return Egress(system, Place(base, connection.ca, connection.client_cert), connection, ceiling=ceiling)

        def another(base: str) -> Egress:
            beside.append(way(base))
            return beside[-1]

        egress = way(base)
        auths = attachments(connection.auth, egress, another)
        headers = {name: value.get_secret_value() for name, value in connection.headers.items()}
        keys = [(auth.name, auth.value.get_secret_value()) for auth in connection.auth if isinstance(auth, QueryKey)]
        return cls(egress, auths, headers, Below(base, keys), tuple(beside))

    async def ask(
        self, method: str, path: str, headers: dict[str, str], *, query: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> Reply:
        """One question with everything attached; `headers` holds afterwards what was sent, for `renew`."""
        headers.update(self.fixed)
        params = list(query)
        for auth in self.auths:
            await auth.attach(headers, params)
        return await self.egress.ask(method, path, query=params, headers=headers, body=body)

    def renew(self, sent: Mapping[str, str]) -> bool:
        """Whether another try is worth it: some login will fetch a new token."""
        return any([auth.renew(sent) for auth in self.auths])

    async def close(self) -> None:
        for egress in (self.egress, *self.beside):
            await egress.close()
