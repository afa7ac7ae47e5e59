"""How long what serves nothing any more is kept, as far as the company may choose (decision 0024)."""

from typing import Annotated

from pydantic import Field

from crm_core.playbook.fields import Strict


class Keeping(Strict):
    """In days, or years. The shortest times are what promises need, the longest what nobody should need."""

    messages_days: Annotated[int, Field(ge=2, le=90)] = 7
    """What people wrote to the bot, and it to them, once that is done."""
    failures_days: Annotated[int, Field(ge=7, le=365)] = 90
    """What could be neither handled nor sent."""
    reminders_days: Annotated[int, Field(ge=370, le=3650)] = 400
    """Reminders that are done with, and which message was whose card."""
    access_years: Annotated[int, Field(ge=1, le=10)] = 2
    """Who looked at what."""
    history_years: Annotated[int, Field(ge=1, le=30)] = 10
    """Who changed what."""
