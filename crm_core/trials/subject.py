"""Trials can be taken back (BY08) and commented on (BY26)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.matters.service import kept
from crm_core.trials.models import Trial
from crm_core.trials.service import reckon_check


async def _derive(session: AsyncSession, _actor: Any, trial: Trial) -> None:
    await reckon_check(session, [trial])


kept(Trial, derive=_derive)
