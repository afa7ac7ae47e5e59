"""Table of comments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Comment(Base):
    """One comment (评论) on a record; `mentioned` are the employees that it was told to by name."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    text: Mapped[str]
    mentioned: Mapped[list[int]]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("text <> ''", name="said"),
        Index("ix_comment_subject", "subject_type", "subject_id", "id"),
        Index("ix_comment_author_id", "author_id"),
    )
