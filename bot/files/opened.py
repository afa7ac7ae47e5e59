"""The storage that the settings name."""

from bot.files.bucket import Bucket
from bot.files.storage import Directory, Storage
from bot.settings import S3, Settings


def storage_of(settings: Settings) -> Storage:
    """A directory, or a bucket. Raises OperatorError where a bucket needs what is not installed."""
    if not settings.files.startswith(S3):
        return Directory(settings.files_dir)
    bucket, _, prefix = settings.files.removeprefix(S3).partition("/")
    assert settings.s3_key is not None  # the settings saw to that
    assert settings.s3_secret is not None
    return Bucket(
        bucket,
        prefix=prefix.strip("/"),
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        key_id=settings.s3_key.get_secret_value(),
        secret=settings.s3_secret.get_secret_value(),
    )
