"""The company of `tests/support/company.py` in an empty database."""

import pytest

from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.support.company import Firm, found_firm


@pytest.fixture
async def firm(db: Database, clock: FixedClock) -> Firm:
    return await found_firm(db, clock)
