"""Words of the errors that forms and their kinds raise."""

from conversations import amend, engine, sight
from conversations.kinds import base, choices, files, lines, media, numbers, plain, tags, times, yearly
from screens.screen import N_
from screens.wording import explain

explain(engine.CARD_IS_READY, N_("Everything needed is filled in. Tap “%(save)s”, or ✎ Change to correct something."))
explain(
    amend.NOT_UNDERSTOOD,
    N_("I can't read the edited message as I read it before. The record stays as it was; open it and tap ✎."),
)
explain(
    amend.OTHER_RECORD,
    N_("The edited message names somebody else. What is saved stays as it was: log the other one in a new message."),
)
explain(
    sight.OUT_OF_SIGHT,
    N_("“%(label)s” is no longer yours. Choose another one, or ask your manager. What you wrote is kept."),
)
explain(engine.NO_SUCH_FIELD, N_("That field is no longer here. Choose from the buttons."))
explain(base.NEEDS_TEXT, N_("Please answer in words: type it here."))
explain(base.NOT_A_CHOICE, N_("That is none of the choices. Tap one of the buttons, or type its name."))
explain(plain.NOT_AN_AMOUNT, N_("“%(value)s” is no amount I can read. Type for example 12800, 12.8k or 3 thousand."))
explain(plain.AMOUNT_TOO_LARGE, N_("That amount is too large. Please check the zeros."))
explain(
    plain.NOT_A_PHONE, N_("“%(value)s” is no phone number I can read. Type for example 13800138000 or 0755-83216688.")
)
explain(times.NOT_A_DAY, N_("“%(value)s” is no day I can read. Type for example fri, 20 March or next wed."))
explain(times.NOT_A_MOMENT, N_("“%(value)s” is no time I can read. Type for example 3pm or yesterday 10am."))
explain(times.DAY_IN_PAST, N_("%(day)s is already over. Choose today or a later day."))
explain(times.MOMENT_IN_FUTURE, N_("That time is still to come. When did it happen?"))
explain(times.DAY_IN_FUTURE, N_("%(day)s is still to come. Choose today or an earlier day."))
explain(choices.NOT_YES_OR_NO, N_("“%(value)s” is neither yes nor no. Tap one of the two, or type yes or no."))
explain(
    numbers.NOT_A_WHOLE_NUMBER,
    N_("“%(value)s” is no whole number I can read. Type the exact number, for example 30 or 1,200."),
)
explain(numbers.NUMBER_OUT_OF_RANGE, N_("Please type a number from %(least)s to %(most)s."))
explain(
    numbers.NOT_A_PERCENTAGE,
    N_("“%(value)s” is no percentage I can read. Type for example 8%% or 8.25%%, with two places at most."),
)
explain(
    numbers.PERCENT_SIGN_MISSING,
    N_("Do you mean %(times)s%% or %(value)s%%? Please type it with the percent sign."),
)
explain(numbers.PERCENT_OUT_OF_RANGE, N_("Please type a percentage from %(least)s%% to %(most)s%%."))
explain(
    numbers.NOT_A_DURATION,
    N_("“%(value)s” is no length of time I can read. Say minutes or hours: 45 min, 1.5 hours or 2h."),
)
explain(numbers.DURATION_OUT_OF_RANGE, N_("Please give a time from one minute to %(most)s."))
explain(lines.TOO_MANY_LINES, N_("%(max)s lines are the most for one form. The earlier ones are kept."))
explain(lines.LEFT_OVER, N_("I could not place “%(value)s”. Type the line again without it, or answer one by one."))
explain(lines.CHOOSE_WHAT_TO_CHANGE, N_("Tap first what you want to change in this line, then type."))
explain(lines.NO_SUCH_LINE, N_("That line is no longer here. Choose from the buttons."))
explain(media.NEEDS_PLACE, N_("Please send a location: 📎 → Location."))
explain(media.NEEDS_PHOTO, N_("Please send a photo, or tap one of the buttons."))
explain(media.TOO_MANY_PHOTOS, N_("%(max)s photos are the most for one record. The earlier ones are kept."))
explain(
    media.OLD_PLACE,
    N_("That location is more than %(minutes)s minutes old. Please send where you are now: 📎 → Location."),
)
explain(media.FORWARDED_PLACE, N_("That location was forwarded. Please send where you are yourself: 📎 → Location."))
explain(media.NEEDS_VOICE, N_("Please send a voice message: hold 🎤 and speak."))
explain(media.NEEDS_DOCUMENT, N_("Please send a file: 📎 → File."))
explain(
    media.FILE_TOO_LARGE,
    N_("That file has %(size)s MB; %(most)s MB are the most I can take. Please send a smaller one."),
)
explain(
    media.PROGRAM_REFUSED,
    N_("“%(name)s” is a program, which I do not take. Please send a document, such as a PDF or a sheet."),
)
explain(files.NEEDS_FILE, N_("Please send a file: a photo, a document, a voice note or a video."))
explain(files.TOO_MANY_FILES, N_("%(max)s files are the most for one record. The earlier ones are kept."))
explain(
    yearly.NOT_A_YEARLY_DAY,
    N_("“%(value)s” is no day of the year I can read. Type for example 5 March, Mar 5 1985 or lunar 8-15."),
)
explain(tags.NOT_TAGS, N_("“%(value)s” is nothing I can keep. Type short words with commas between: fishing, tea."))
explain(tags.TOO_MANY_TAGS, N_("%(max)s are the most. Please type the ones that matter."))
explain(tags.TAG_TOO_LONG, N_("“%(value)s” is too long: %(max)s characters are the most, with commas between."))
