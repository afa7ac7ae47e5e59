"""A bucket that speaks S3, through obstore (Apache's object_store in a wheel): an extra, `rounds-crm[s3]`."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import OperatorError
from bot.files.storage import PUT_LATELY_S, MissingError, StorageError, checked

if TYPE_CHECKING:
    from obstore.store import S3Config

TIMEOUT_S: Final = 60.0


class Bucket:
    """`endpoint` is the server's address; Amazon's own, by the region, without one."""

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        endpoint: str | None = None,
        region: str = "us-east-1",
        key_id: str,
        secret: str,
    ) -> None:
        try:
            from obstore.store import S3Store  # noqa: PLC0415 - an extra, and 15 MB
        except ImportError:
            raise OperatorError("Files are to be kept in a bucket: install rounds-crm[s3]") from None
        self._where = f"s3://{bucket}" + (f"/{prefix}" if prefix else "")
        config: S3Config = {"region": region, "access_key_id": key_id, "secret_access_key": secret}
        config["disable_bulk_delete"] = True  # not every server that speaks S3 knows it
        if endpoint:
            config["endpoint"] = endpoint
        self._store: S3Store = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
                "connect_timeout": timedelta(seconds=10),
                "timeout": timedelta(seconds=TIMEOUT_S),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=TIMEOUT_S)},
        )

    @property
    def where(self) -> str:
        return self._where

    async def put(self, key: str, content: bytes) -> None:
        await self._put(checked(key), content)

    async def get(self, key: str) -> bytes:
        import obstore  # noqa: PLC0415
        from obstore.exceptions import BaseError  # noqa: PLC0415

        try:
            found = await obstore.get_async(self._store, checked(key))
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            raise MissingError(f"{key} is not in {self._where}") from None
        except (BaseError, OSError, ValueError) as error:
            raise self._failed(error) from None

    async def remove(self, key: str, unless_put_within_s: float = PUT_LATELY_S) -> bool:
        """A bucket can't look and delete at once: what is put between the two is fetched again by its handle."""
        import obstore  # noqa: PLC0415
        from obstore.exceptions import BaseError  # noqa: PLC0415

        try:
            put_at = (await obstore.head_async(self._store, checked(key)))["last_modified"]
            if (datetime.now(UTC) - put_at).total_seconds() < unless_put_within_s:
                return False
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return True
        except (BaseError, OSError, ValueError) as error:
            raise self._failed(error) from None
        return True

    async def check(self) -> None:
        import obstore  # noqa: PLC0415
        from obstore.exceptions import BaseError  # noqa: PLC0415

        name = f"check-{uuid.uuid4().hex}"
        await self._put(name, b"rounds")
        try:
            await obstore.delete_async(self._store, name)
        except (BaseError, OSError, ValueError) as error:
            raise self._failed(error) from None

    async def _put(self, name: str, content: bytes) -> None:
        import obstore  # noqa: PLC0415
        from obstore.exceptions import BaseError  # noqa: PLC0415

        try:
            await asyncio.wait_for(obstore.put_async(self._store, name, content, use_multipart=False), TIMEOUT_S)
        except (BaseError, OSError, ValueError, TimeoutError) as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> StorageError:
        """The library's texts are long and hold addresses: the kind of failure is what an operator needs."""
        kind = type(error).__name__
        known = {
            "PermissionDeniedError": "these keys may not do that",
            "UnauthenticatedError": "these keys are not known there",
            "FileNotFoundError": "there is no such bucket",
            "TimeoutError": "no answer",
        }
        return StorageError(f"{self._where}: {known.get(kind, 'not reached, or it refused (' + kind + ')')}")
