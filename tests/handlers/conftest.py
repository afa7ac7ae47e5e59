"""Fixtures for stories in the chat."""

import pytest

from crm_core.playbook.service import _by_version


@pytest.fixture(autouse=True)
def _fresh_playbook() -> None:
    """Another test's version 1 is another text."""
    _by_version.clear()
