"""Table of how far each sweep has come."""

from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Swept(Base):
    """Rows up to this id have been looked at under this period: they are gone, or a longer period has them."""

    __tablename__ = "swept"
    audited = False

    key: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[int]
