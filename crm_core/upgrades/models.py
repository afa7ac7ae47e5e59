"""Table of whom the database serves."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Serving(Base):
    """The one row says which revision a program must know to run with the database as it is; migrations write it."""

    __tablename__ = "serving"
    audited = False

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[str]

    __table_args__ = (CheckConstraint("id = 1", name="one"),)
