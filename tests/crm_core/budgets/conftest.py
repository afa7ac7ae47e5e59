import pytest

from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.crm_core.budgets.purse import Purse
from tests.support.company import found_firm


@pytest.fixture
async def purse(db: Database, clock: FixedClock) -> Purse:
    return Purse(await found_firm(db, clock))
