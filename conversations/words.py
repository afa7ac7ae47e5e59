"""Words of the errors that forms and their kinds raise."""

from conversations import engine
from conversations.kinds import base, files, media, plain, times
from screens.screen import N_
from screens.wording import explain

explain(engine.CARD_IS_READY, N_("Everything needed is filled in. Tap Save, or ✎ Change to correct something."))
explain(engine.NO_SUCH_FIELD, N_("That field is no longer here. Choose from the buttons."))
explain(base.NEEDS_TEXT, N_("Please answer in words: type it here."))
explain(base.NOT_A_CHOICE, N_("That is none of the choices. Tap one of the buttons, or type its name."))
explain(plain.NOT_AN_AMOUNT, N_("“%(value)s” is no amount I can read. Type for example 12800, 1.28万 or 三千块."))
explain(plain.AMOUNT_TOO_LARGE, N_("That amount is too large. Please check the zeros."))
explain(
    plain.NOT_A_PHONE, N_("“%(value)s” is no phone number I can read. Type for example 13800138000 or 0755-83216688.")
)
explain(times.NOT_A_DAY, N_("“%(value)s” is no day I can read. Type for example 周五, 3月20号 or next wed."))
explain(times.NOT_A_MOMENT, N_("“%(value)s” is no time I can read. Type for example 下午3点, 昨天上午10点 or 4pm."))
explain(times.DAY_IN_PAST, N_("%(day)s is already over. Choose today or a later day."))
explain(times.MOMENT_IN_FUTURE, N_("That time is still to come. When did it happen?"))
explain(media.NEEDS_PLACE, N_("Please send a location: 📎 → Location."))
explain(media.NEEDS_PHOTO, N_("Please send a photo, or tap one of the buttons."))
explain(media.TOO_MANY_PHOTOS, N_("%(max)s photos are the most for one record. The earlier ones are kept."))
explain(files.NEEDS_FILE, N_("Please send a file: a photo, a document, a voice note or a video."))
explain(files.TOO_MANY_FILES, N_("%(max)s files are the most for one record. The earlier ones are kept."))
