"""Table of the playbook's versions: a published version never changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class PlaybookVersion(Base):
    __tablename__ = "playbook_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    text: Mapped[str | None] = mapped_column(info=UNAUDITED)  # as it was written, with its notes; older ones have none
    applied_at: Mapped[datetime]
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
