"""Which form a draft is of, as far as this program knows: a newer one beside it may have begun it (decision 0025)."""

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Form, forms
from crm_core.drafts.models import Draft
from crm_core.upgrades.service import NeedsNewer, leave_to_newer


def form_of(draft: Draft) -> Form:
    """Raises NeedsNewer where only a newer program knows the form, or what its answers mean."""
    form = forms().get(draft.form)
    if form is None or draft.version > form.version:
        raise NeedsNewer(f"form {draft.form}")
    return form


async def is_known(session: AsyncSession, draft: Draft | None) -> bool:
    """Whether there is a draft, of a form that we know. Raises NeedsNewer where a newer program at work knows it."""
    if draft is None:
        return False
    form = forms().get(draft.form)
    if form is None or draft.version > form.version:
        await leave_to_newer(session, f"form {draft.form}")
    return form is not None
