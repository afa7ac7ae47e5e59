"""Which addresses Telegram takes as links, and how it writes them back."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
HOST_END = re.compile(r"[/?#]")
PORT = re.compile(r":([^:\]@]*)$")
BAD_HOST_CHARACTER = re.compile(r"[^A-Za-z0-9.\-_!$,~*'();&+=%\u0080-\U0010ffff]")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
USER_LINK = re.compile(r"tg:(?://)?user/?\?(?:[^#]*&)?id=(\d+)(?:[&#]|$)", re.IGNORECASE)


class BadLinkError(ValueError):
    """Why an address is no link, in Telegram's words."""


@dataclass(slots=True, frozen=True)
class Url:
    """The parts that matter here. `specified_port` is 0 when none was written."""

    scheme: str
    userinfo: str
    host: str
    specified_port: int
    query: str
    is_ipv6: bool

    @property
    def port(self) -> int:
        return self.specified_port or (443 if self.scheme == "https" else 80)

    def __str__(self) -> str:
        userinfo = f"{self.userinfo}@" if self.userinfo else ""
        port = f":{self.specified_port}" if self.specified_port else ""
        return f"{self.scheme}://{userinfo}{self.host}{port}{self.query}"


def parse_url(text: str, default_scheme: str = "http") -> Url:
    """Raises BadLinkError. A missing scheme is the default one; the path is "/" at least."""
    scheme = default_scheme
    rest = text
    if found := SCHEME.match(text):
        scheme = found[1].lower()
        if scheme not in ("http", "https"):
            raise BadLinkError("Unsupported URL protocol")
        rest = text[found.end() :]
    end = HOST_END.search(rest)
    authority, query = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    userinfo_host, port = _split_port(authority)
    userinfo, _, host = userinfo_host.rpartition("@")
    is_ipv6 = _is_ipv6(host)
    if not host:
        raise BadLinkError("URL host is empty")
    if host == ".":
        raise BadLinkError("Host is invalid")
    if not is_ipv6:
        _check_part(host, "host")
        _check_part(userinfo.replace(":", ""), "userinfo")
    query = query.rstrip(" \t\r\n\0\v") or "/"
    if query[0] != "/":
        query = "/" + query
    query = "".join(f"%{ord(c):02X}" if c <= " " else c for c in query)
    return Url(scheme, userinfo, host.lower(), port, query, is_ipv6)


def _split_port(authority: str) -> tuple[str, int]:
    found = PORT.search(authority)
    if found is None or found.start() == 0:
        return authority, 0
    digits = found[1]
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) <= 65535):
        raise BadLinkError("Wrong port number specified in the URL")
    return authority[: found.start()], int(digits)


def _is_ipv6(host: str) -> bool:
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        raise BadLinkError("Wrong IPv6 address specified in the URL") from None
    return True


def _check_part(part: str, name: str) -> None:
    if BAD_HOST_CHARACTER.search(part):
        raise BadLinkError(f"Disallowed character in URL {name}")
    if "%" in part and BAD_ESCAPE.search(part):
        raise BadLinkError(f"Wrong percent-encoded symbol in URL {name}")


def checked_link(link: str, *, https_only: bool = False) -> str:
    """The address as Telegram writes it back. Raises BadLinkError, for one because a host needs a dot."""
    lowered = link.lower()
    for scheme in ("tg", "ton", "tonsite"):
        if lowered.startswith(scheme + ":"):
            if https_only:
                raise BadLinkError("Only HTTPS links are allowed")
            return _own_scheme(scheme, link[len(scheme) + 1 :].removeprefix("//"))
    url = parse_url(link)
    if https_only and url.scheme != "https":
        raise BadLinkError("Only HTTPS links are allowed")
    if "." not in url.host and not url.is_ipv6:
        raise BadLinkError("Wrong HTTP URL")
    return str(url)


def _own_scheme(scheme: str, rest: str) -> str:
    url = parse_url(rest)
    if rest.lower().startswith("http") or url.userinfo or url.specified_port or url.is_ipv6:
        raise BadLinkError("Wrong tg URL" if scheme == "tg" else "Wrong ton URL")
    allowed = r"[\w.\-]+" if scheme == "tonsite" else r"[\w\-]+"
    if not re.fullmatch(allowed, url.host, re.ASCII):
        raise BadLinkError("Unallowed characters in URL host")
    query = url.query[1:] if url.query.startswith("/?") else url.query
    return f"{scheme}://{url.host}{query}"


def linked_user(link: str) -> int | None:
    """The id in a `tg://user?id=…` link."""
    found = USER_LINK.match(link)
    return int(found[1]) if found else None
