"""How a day of the year is said: in its own calendar, with the next day on which it falls."""

from datetime import date

from crm_core.kit.languages import Language
from crm_core.kit.words.yearly import Yearly, write_yearly
from screens.screen import N_, Words


def yearly_words(value: Yearly, today: date, language: Language) -> Words:
    """农历八月十五（9月25日，还有198天）; of a solar day only how far off it is."""
    said = write_yearly(value, "zh" if language == "zh" else "en")
    coming = value.next_on(today)
    if coming is None:
        return said
    if coming == today:
        return N_("%(day)s (today)")(day=said)
    days = (coming - today).days
    if value.lunar:
        return N_("%(day)s (%(coming)s, in %(days)s days)")(day=said, coming=coming.isoformat(), days=days)
    return N_("%(day)s (in %(days)s days)")(day=said, days=days)
