import pytest

from tests.crm_core.approvals.desk import Desk
from tests.support.company import Firm


@pytest.fixture
async def desk(firm: Firm) -> Desk:
    return Desk(firm)
