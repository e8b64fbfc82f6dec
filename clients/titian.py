"""Bertanya kepada gerbang Titian dari Python: satu berkas, Python 3.8 ke atas, tanpa pustaka lain.

Ask a Titian gateway from Python: one file, Python 3.8 and later, the standard library; a private key needs `cryptography`.

    from titian import TitianClient

    titian = TitianClient("https://data.kota.go.id", "bappeda-app", secret=os.environ["TITIAN_SECRET"])
    for bantuan in titian.all("bantuan", {"program": "PKH"}):
        ...
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import secrets
import ssl
import stat
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple, Union

Params = Mapping[str, Any]
Json = Dict[str, Any]


class TitianError(Exception):
    """Titian menjawab dengan kesalahan, atau tidak menjawab. / Titian answered with an error, or not at all.

    `status` is the HTTP status, 0 where there was no answer; `problem` holds the members of problem+json: type, title, detail, code,
    exchange, errors."""

    def __init__(self, status: int, problem: Params) -> None:
        self.status = status
        self.problem: Json = {"code": "no_answer", "detail": "", "exchange": None, "errors": [], **problem}
        super().__init__(f"{status} {self.problem['code']}: {self.problem['detail']}")


class TitianClient:
    """Satu aplikasi. / One application.

    secret    rahasia dari `titian client add` / the secret that `titian client add` printed
    key       kunci privat PEM sebagai ganti secret: RSA (RS256) atau EC P-256 (ES256) / a private key in PEM instead of the secret
    kid       nama kunci itu, bila aplikasi mendaftarkan beberapa / the key's name where several are registered
    purpose   tujuan menurut perjanjian / the purpose, as the agreement names it
    audience  alamat publik gerbang, bila berbeda dari base / the gateway's public address, where it is not `base`
    folder    tempat token disimpan (bawaan: folder sementara) / where the token is kept (default: the temporary folder)
    timeout   detik / seconds
    ca        berkas sertifikat CA sendiri / a file with a CA certificate of one's own
    """

    def __init__(
        self,
        base: str,
        client_id: str,
        *,
        secret: Optional[str] = None,
        key: Union[str, bytes, None] = None,
        kid: Optional[str] = None,
        purpose: Optional[str] = None,
        audience: Optional[str] = None,
        folder: Optional[str] = None,
        timeout: float = 30,
        ca: Optional[str] = None,
    ) -> None:
        if (secret is None) == (key is None):
            raise ValueError("Beri secret atau key. / Give secret or key.")
        self.base = base.rstrip("/")
        self.client_id = client_id
        self._secret = secret
        self._key = key.encode() if isinstance(key, str) else key
        self._kid = kid
        self._purpose = purpose
        self._audience = (audience or base).rstrip("/") + "/oauth/token"
        self._folder = folder or tempfile.gettempdir()
        self._timeout = timeout
        context = ssl.create_default_context(cafile=ca)
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Staying())
        self._token = ""
        self._until = 0.0

    def get(self, path: str, params: Optional[Params] = None) -> Json:
        """Jawaban dari satu alamat, misalnya get("/v1/bantuan", {"program": ["PKH", "SEMBAKO"]}). / The answer of one address."""
        query = _query(params or {})
        return self._ask(path + (("&" if "?" in path else "?") + query if query else ""), None)

    def search(self, contract: str, body: Params) -> Json:
        """Mencari dengan isi JSON; untuk NIK dan nilai pribadi lain. / Searches by a JSON body; for NIK and other personal values."""
        return self._ask(f"/v1/{contract}:search", json.dumps(body).encode())

    def all(self, contract: str, params: Optional[Params] = None) -> Iterator[Json]:
        """Semua catatan, halaman demi halaman. / Every record, page by page."""
        path = f"/v1/{contract}"
        page = self.get(path, params)
        while True:
            yield from page["data"]
            if page["links"]["next"] is None:
                return
            # Hanya bagian pertanyaannya: token tidak pernah dikirim ke alamat lain. / The query only: the token never goes elsewhere.
            page = self.get(f"{path}?{urllib.parse.urlsplit(page['links']['next']).query}")

    def _ask(self, path: str, body: Optional[bytes]) -> Json:
        status, answer = self._send(path, body, self._bearer(fresh=False))
        if status == 401:
            status, answer = self._send(path, body, self._bearer(fresh=True))
        if status != 200 or not isinstance(answer, dict):
            raise TitianError(status, answer if isinstance(answer, dict) else {"code": "not_json"})
        return answer

    def _send(self, path: str, body: Optional[bytes], token: str) -> Tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Language": "id"}
        return self._http(path, body, headers if body is None else {**headers, "Content-Type": "application/json"})

    def _http(self, path: str, body: Optional[bytes], headers: Mapping[str, str]) -> Tuple[int, Any]:
        request = urllib.request.Request(self.base + path, body, dict(headers))
        try:
            with self._opener.open(request, timeout=self._timeout) as reply:
                return reply.status, _read(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error.read())
        except (OSError, http.client.HTTPException) as error:
            raise TitianError(0, {"detail": str(error)}) from error

    def _bearer(self, *, fresh: bool) -> str:
        if not fresh and self._until <= time.time():
            self._remember()
        if fresh or self._until <= time.time():
            self._renew()
        return self._token

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._purpose is not None:
            form["purpose"] = self._purpose
        if self._secret is not None:
            # RFC 6749 2.3.1: id dan rahasia disandikan dahulu. / Both are encoded first.
            pair = f"{urllib.parse.quote_plus(self.client_id)}:{urllib.parse.quote_plus(self._secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            form["client_assertion"] = self._assertion()
        status, answer = self._http("/oauth/token", urllib.parse.urlencode(form).encode(), headers)
        if status != 200 or not isinstance(answer, dict) or "access_token" not in answer:
            said = answer if isinstance(answer, dict) else {"error": "not_json"}
            raise TitianError(status, {"code": said.get("error"), "detail": said.get("error_description", ""), **said})
        self._token = answer["access_token"]
        self._until = time.time() + answer["expires_in"] - 30
        self._keep()

    def _assertion(self) -> str:
        """RFC 7523: berlaku satu menit, sekali pakai. / Good for a minute, and once."""
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key: Any = load_pem_private_key(self._key or b"", password=None)
        curve = isinstance(key, EllipticCurvePrivateKey)
        head = {"alg": "ES256" if curve else "RS256", "typ": "JWT", **({} if self._kid is None else {"kid": self._kid})}
        now = int(time.time())
        named = {"iss": self.client_id, "sub": self.client_id, "aud": self._audience}
        claims = {**named, "iat": now, "exp": now + 60, "jti": secrets.token_hex(16)}
        signed = f"{_base64(json.dumps(head).encode())}.{_base64(json.dumps(claims).encode())}"
        return f"{signed}.{_base64(_signature(key, signed.encode(), curve=curve))}"

    def _file(self) -> str:
        """Nama berkas tidak dapat ditebak tanpa rahasia atau kunci. / Its name cannot be guessed without the secret or the key."""
        proof = self._key or (self._secret or "").encode()
        whose = json.dumps([self.base, self.client_id, self._purpose]).encode()
        return os.path.join(self._folder, f"titian-py-{hmac.new(proof, whose, hashlib.sha256).hexdigest()}.json")

    def _remember(self) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            handle = os.open(self._file(), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with open(handle, encoding="utf-8") as file:
                if os.name == "posix" and stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
                    return
                kept = json.load(file)
            self._token, self._until = str(kept["token"]), float(kept["until"])

    def _keep(self) -> None:
        """Ditulis utuh atau tidak sama sekali; gagal menyimpan bukan kesalahan. / Whole or not at all; not being able to is no error."""
        with contextlib.suppress(OSError):
            handle, draft = tempfile.mkstemp(prefix="titian", dir=self._folder)
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    json.dump({"token": self._token, "until": self._until}, file)
                os.replace(draft, self._file())
            except OSError:
                os.unlink(draft)


class _Staying(urllib.request.HTTPRedirectHandler):
    """Tidak pernah mengikuti pengalihan. / Never follows a redirect."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _query(params: Params) -> str:
    """field=a&field=b untuk beberapa nilai. / field=a&field=b for several values."""
    pairs = []
    for name, values in params.items():
        for value in values if isinstance(values, (list, tuple)) else [values]:
            pairs.append((name, str(value).lower() if isinstance(value, bool) else value))
    return urllib.parse.urlencode(pairs)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signature(key: Any, content: bytes, *, curve: bool) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    if not curve:
        return bytes(key.sign(content, padding.PKCS1v15(), hashes.SHA256()))
    r, s = utils.decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
