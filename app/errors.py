"""Every failure Titian can name, and what it may say about it in public.

    TitianError
    ├── CityError                  a city folder, contract or agreement that cannot be used; holds Problems
    └── Answerable                 becomes problem+json (RFC 9457): status, code, title, detail
        ├── BadQuestion            400 bad_question
        │   └── UseBody            400 use_body
        ├── UnknownCaller          401 unknown_caller
        ├── NotPermitted           403 not_permitted
        │   └── PurposeRequired    403 purpose_required
        ├── NoSuchResource         404 no_such_resource
        ├── MethodNotAllowed       405 method_not_allowed
        ├── Conflict               409 conflict
        ├── TooLarge               413 too_large
        ├── UnsupportedMedia       415 unsupported_media
        ├── Unprocessable          422 unprocessable
        ├── QuotaSpent             429 throttled
        ├── SourceError            a source failed; one of four words
        │   ├── Refused            502 source_refused
        │   ├── BadAnswer          502 source_bad_answer
        │   ├── Throttled          503 source_throttled
        │   └── Unreachable        504 source_unreachable (502 where the connection was refused)
        ├── Unavailable            503 unavailable
        └── Internal               500 internal

A sentence here is safe to show: it never holds upstream text, a path, SQL, a secret or a personal value.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple


class Text(NamedTuple):
    """One sentence in the two languages that Titian speaks."""

    id: str
    en: str

    def speak(self, language: str) -> str:
        return self.en if language == "en" else self.id


def plain(text: str) -> str:
    """What a reader sees and a terminal does not obey: control and formatting characters are shown as `?`."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


class Problem(NamedTuple):
    """One thing wrong in a file: where (line is 1-based), a stable code, what it means, what to do."""

    file: str
    line: int
    code: str
    meaning: str
    remedy: str

    def __str__(self) -> str:
        return plain(f"{self.file}:{self.line}: {self.code}: {self.meaning}. {self.remedy}")


class Fault(NamedTuple):
    """One entry of `errors[]` in a problem: a parameter or a JSON pointer (RFC 6901), a code, a sentence."""

    where: str
    code: str
    detail: Text


class TitianError(Exception):
    """The head of the family."""


class CityError(TitianError):
    """What was read cannot be used; every problem that was found, at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Answerable(TitianError):
    """A failure that a caller is told about. `retry_after` is in seconds; `allow` lists methods (405)."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[Text] = Text("Kesalahan di dalam gerbang", "Internal error")
    remedy: ClassVar[Text] = Text("Coba lagi nanti.", "Try again later.")

    def __init__(
        self,
        detail: Text | None = None,
        *,
        faults: tuple[Fault, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.detail = detail or self.remedy
        self.faults = faults
        self.headers = headers
        super().__init__(self.code)


class BadQuestion(Answerable):
    status = 400
    code = "bad_question"
    title = Text("Pertanyaan tidak dapat dibaca", "The question cannot be read")
    remedy = Text("Perbaiki yang disebut lalu kirim lagi.", "Mend what is named and send it again.")


class UseBody(BadQuestion):
    code = "use_body"
    title = Text("Nilai pribadi tidak boleh di alamat", "A personal value may not stand in an address")
    remedy = Text("Kirim lewat POST …:search.", "Send it by POST …:search.")


class UnknownCaller(Answerable):
    status = 401
    code = "unknown_caller"
    title = Text("Pemanggil tidak dikenal", "The caller is not known")
    remedy = Text(
        "Minta token baru di /oauth/token lalu kirim sebagai Authorization: Bearer.",
        "Ask /oauth/token for a new token and send it as Authorization: Bearer.",
    )

    def __init__(self, detail: Text | None = None) -> None:
        super().__init__(detail, headers=(("www-authenticate", 'Bearer error="invalid_token"'),))


class NotPermitted(Answerable):
    status = 403
    code = "not_permitted"
    title = Text("Tidak ada dalam perjanjian", "Not in the agreement")
    remedy = Text("Mintalah perjanjian yang menyebutnya.", "Ask for an agreement that names it.")


class PurposeRequired(NotPermitted):
    code = "purpose_required"
    title = Text("Tujuan harus disebut", "A purpose must be named")
    remedy = Text("Sebut satu tujuan perjanjian di header Titian-Purpose.", "Name one purpose of the agreement in Titian-Purpose.")


class NoSuchResource(Answerable):
    status = 404
    code = "no_such_resource"
    title = Text("Tidak ditemukan", "Not found")
    remedy = Text("Periksa alamatnya; daftar ada di /contracts.", "Check the address; /contracts lists what there is.")


class MethodNotAllowed(Answerable):
    status = 405
    code = "method_not_allowed"
    title = Text("Cara ini tidak diterima di sini", "This method is not accepted here")
    remedy = Text("Lihat header Allow.", "See the header Allow.")


class Conflict(Answerable):
    status = 409
    code = "conflict"
    title = Text("Keadaan sudah berubah", "The state has changed")
    remedy = Text("Mulai lagi dari halaman pertama.", "Begin again at the first page.")


class TooLarge(Answerable):
    status = 413
    code = "too_large"
    title = Text("Terlalu besar", "Too large")
    remedy = Text("Kirim lebih sedikit.", "Send less.")


class UnsupportedMedia(Answerable):
    status = 415
    code = "unsupported_media"
    title = Text("Jenis isi tidak diterima", "This content type is not accepted")
    remedy = Text("Kirim application/json.", "Send application/json.")


class Unprocessable(Answerable):
    status = 422
    code = "unprocessable"
    title = Text("Tidak dapat dijawab seperti ini", "Cannot be answered like this")
    remedy = Text("Persempit pertanyaannya.", "Narrow the question.")


class QuotaSpent(Answerable):
    status = 429
    code = "throttled"
    title = Text("Kuota habis", "The quota is spent")
    remedy = Text("Tunggu sampai waktu di Retry-After.", "Wait as long as Retry-After says.")


class SourceError(Answerable):
    """A source failed. `reason` is a short word of ours (snake_case), never text of the source; `system` is filled in by the exchange."""

    status = 502
    word: ClassVar[str] = "bad_answer"

    def __init__(self, reason: str, *, retry_after: int | None = None) -> None:
        self.reason = reason
        self.system: str | None = None
        self.retry_after = retry_after
        super().__init__(headers=(("retry-after", str(retry_after)),) if retry_after is not None else ())


class Refused(SourceError):
    """The source knows us not, or not well enough: wrong password, address or quota. Not retried."""

    code = "source_refused"
    word = "refused"
    title = Text("Aplikasi sumber menolak gerbang", "The source refused the gateway")
    remedy = Text("Pengelola gerbang perlu memeriksa akun ke sumber.", "The gateway's operator must check the account at the source.")


class BadAnswer(SourceError):
    """The source answered, and what it said cannot be used."""

    code = "source_bad_answer"
    word = "bad_answer"
    title = Text("Jawaban aplikasi sumber tidak dapat dipakai", "The source's answer cannot be used")
    remedy = Text("Coba lagi; bila tetap, hubungi pengelola sumber.", "Try again; if it stays, tell the owner of the source.")


class Throttled(SourceError):
    """The source, or our own limit in front of it, asks for less. `told` is true where the source itself said for how long."""

    status = 503
    code = "source_throttled"
    word = "throttled"
    title = Text("Aplikasi sumber sedang penuh", "The source is busy")
    remedy = Text("Coba lagi sesudah waktu di Retry-After.", "Try again after Retry-After.")

    def __init__(self, reason: str, *, retry_after: int | None = 5, told: bool = False) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.told = told


class Unreachable(SourceError):
    """Nothing came back in time, or nobody was there. `sent` is false where no byte of the question left (safe to repeat)."""

    status = 504
    code = "source_unreachable"
    word = "unreachable"
    title = Text("Aplikasi sumber tidak terjangkau", "The source cannot be reached")
    remedy = Text("Coba lagi nanti.", "Try again later.")

    def __init__(self, reason: str, *, sent: bool = True, retry_after: int | None = None) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.sent = sent


class Unavailable(Answerable):
    status = 503
    code = "unavailable"
    title = Text("Gerbang sedang tidak dapat melayani", "The gateway cannot serve just now")
    remedy = Text("Coba lagi sebentar lagi.", "Try again in a moment.")

    def __init__(self, detail: Text | None = None) -> None:
        super().__init__(detail, headers=(("retry-after", "5"),))


class Internal(Answerable):
    pass


def answerable() -> dict[str, type[Answerable]]:
    """Every class a caller may meet, by code; the docs test compares it with docs/reference/errors.md."""
    found: dict[str, type[Answerable]] = {}
    waiting: list[type[Any]] = [Answerable]
    while waiting:
        here = waiting.pop()
        waiting.extend(here.__subclasses__())
        if here not in (Answerable, SourceError):
            found[here.code] = here
    return found
