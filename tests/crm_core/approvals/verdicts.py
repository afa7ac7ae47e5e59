"""What became of a request, and of what was refused: for features that ask by the company's flows."""

import pytest

from crm_core.approvals.models import Approval
from crm_core.kit.errors import DomainError
from tests.support.company import Firm


async def refused(code: str, doing) -> None:
    with pytest.raises(DomainError) as error:
        await doing
    assert error.value.code == code


async def status(firm: Firm, approval_id: int) -> str:
    async with firm.db.unit() as session:
        return (await session.get_one(Approval, approval_id)).status
