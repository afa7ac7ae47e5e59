"""A bucket server on this machine: objects in memory, signatures checked (AWS Signature Version 4), faults on order."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from aiohttp import web

KEY_ID, SECRET, REGION, BUCKET = "rounds", "a-long-random-word", "us-east-1", "rounds-files"


@dataclass
class FakeS3:
    """`fail_with` answers everything with that status."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    fail_with: int | None = None

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        bucket, _, key = unquote(request.path).lstrip("/").partition("/")
        self.requests.append((request.method, key))
        if self.fail_with:
            return _error(self.fail_with, "SlowDown")
        if not _signed(request, body):
            return _error(403, "SignatureDoesNotMatch")
        if bucket != BUCKET:
            return _error(404, "NoSuchBucket")
        return getattr(self, f"_{request.method.lower()}")(key, body)

    def _put(self, key: str, body: bytes) -> web.Response:
        self.objects[key] = body
        return web.Response(headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})

    def _get(self, key: str, _: bytes) -> web.Response:
        if key not in self.objects:
            return _error(404, "NoSuchKey")
        headers = {"ETag": '"x"', "Last-Modified": "Wed, 11 Mar 2026 02:00:00 GMT"}
        return web.Response(body=self.objects[key], headers=headers)

    def _delete(self, key: str, _: bytes) -> web.Response:
        self.objects.pop(key, None)
        return web.Response(status=204)


def _error(status: int, code: str) -> web.Response:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return web.Response(status=status, text=body, content_type="application/xml")


def _signed(request: web.Request, body: bytes) -> bool:
    """Whether the request carries the signature that our secret makes."""
    given = request.headers.get("Authorization", "")
    if not given.startswith("AWS4-HMAC-SHA256 "):
        return False
    parts = dict(part.strip().split("=", 1) for part in given.removeprefix("AWS4-HMAC-SHA256 ").split(","))
    key_id, day, region, service, _ = parts["Credential"].split("/")
    names = parts["SignedHeaders"].split(";")
    content = request.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    if content not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        return False
    query = "&".join(sorted(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in request.query.items()))
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    canonical = "\n".join(
        [request.method, request.raw_path.partition("?")[0], query, headers, ";".join(names), content]
    )
    scope = f"{day}/{region}/{service}/aws4_request"
    told = "\n".join(
        ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    wanted = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
    return key_id == KEY_ID and region == REGION and hmac.compare_digest(wanted, parts["Signature"])


@asynccontextmanager
async def fake_s3() -> AsyncIterator[FakeS3]:
    """A running one on a free port of this machine."""
    s3 = FakeS3()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{rest:.*}", s3.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    s3.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield s3
    finally:
        await runner.cleanup()
