import pytest

from tests.crm_core.expenses.story import Story
from tests.support.company import Firm


@pytest.fixture
async def story(firm: Firm) -> Story:
    return Story(firm)
