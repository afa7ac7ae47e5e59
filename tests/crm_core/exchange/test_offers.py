"""What is offered for an import."""

import pytest

from crm_core.attachments.service import FileRef
from crm_core.exchange.service import offer
from crm_core.kit.errors import DomainError
from tests.support.company import Firm


async def test_a_gigabyte_is_refused_by_its_size_alone(firm: Firm):
    file = FileRef(700100200, "sheet", "sheet", "document", "客户.xlsx", size=1 << 30)
    with pytest.raises(DomainError) as refused:
        async with firm.db.unit() as session:
            await offer(session, await firm.actor(session), file, 8001)
    assert (refused.value.code, refused.value.params) == ("import.too_large", {"size": 1024, "most": 20})
