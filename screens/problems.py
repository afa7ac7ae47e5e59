"""What a playbook's check says, in the reader's language (AP02).

The check itself speaks English, to operators too: its sentences stand here once more, with what is named in them.
What none of them fits stays as it is.
"""

import re
from functools import cache
from typing import Final

from crm_core.kit.languages import Language
from screens.catalogue import say
from screens.screen import N_, Msg

_NAMED: Final = re.compile(r"%\((\w+)\)s")

SENTENCES: Final[tuple[Msg, ...]] = (
    # the text
    N_("a name that refers to itself"),
    N_("leave the * out"),
    N_("it unfolds to more than %(most)s parts"),
    N_("write fewer references with & and *, or none"),
    N_("a character that cannot be kept"),
    N_("write it as plain text"),
    N_("'%(value)s' is no number to compare with"),
    N_("a number that is too long"),
    N_('put it in quotes, for example "12"'),
    N_("a tag that begins with ! has no meaning here"),
    N_("leave the tag out"),
    N_("not YAML: nested too deep"),
    N_("not YAML: %(why)s"),
    N_("not YAML"),
    N_("indent with spaces, not tabs"),
    N_("mind the indent, the colons, brackets and quotes"),
    N_("found undefined alias '%(name)s'"),
    N_("mapping values are not allowed here"),
    N_("could not find expected ':'"),
    N_("expected <block end>, but found %(what)s"),
    N_("expected ',' or '}', but got %(what)s"),
    N_("expected ',' or ']', but got %(what)s"),
    N_("found unexpected end of stream"),
    N_("found unexpected ':'"),
    N_("found character '%(what)s' that cannot start any token"),
    N_("a playbook is a mapping with categories, industries, sources, customer_types"),
    N_("begin with what `rounds playbook show` prints"),
    N_("stands there twice"),
    N_("leave one of them out"),
    # what pydantic finds
    N_("Field required"),
    N_("Extra inputs are not permitted"),
    N_("Input should be a valid integer"),
    N_("Input should be a valid integer, %(why)s"),
    N_("Input should be a valid number"),
    N_("Input should be a valid number, %(why)s"),
    N_("Input should be a valid boolean"),
    N_("Input should be a valid boolean, %(why)s"),
    N_("Input should be a valid string"),
    N_("Input should be a valid tuple"),
    N_("Input should be a valid dictionary"),
    N_("Input should be a valid dictionary or instance of %(what)s"),
    N_("Input should be greater than or equal to %(count)s"),
    N_("Input should be greater than %(count)s"),
    N_("Input should be less than or equal to %(count)s"),
    N_("Input should be less than %(count)s"),
    N_("Input should be in a valid time format, %(why)s"),
    N_("Input should be %(what)s"),
    N_("Keys should be strings"),
    N_("String should have at least %(count)s character"),
    N_("String should have at least %(count)s characters"),
    N_("String should have at most %(count)s characters"),
    N_("String should match pattern '%(pattern)s'"),
    N_("Tuple should have at least %(count)s item after validation, not %(found)s"),
    N_("Tuple should have at most %(count)s items after validation, not %(found)s"),
    N_("write a whole number, for example 3"),
    N_("write a number, for example 0.5"),
    N_("write a list: each entry begins with '- ', or all stand in [ ]"),
    N_("write true or false"),
    N_("write a time in quotes, for example %(time)s"),
    N_("write a word; put it in quotes if it is a number or yes or no, for example %(word)s"),
    N_("write its fields below it, as name: value"),
    N_("put the name in quotes"),
    N_("write something here"),
    N_("write %(count)s or more"),
    N_("write more than %(count)s"),
    N_("write %(count)s or less"),
    N_("shorten it to %(count)s characters"),
    N_("leave some out, %(count)s at most"),
    N_("write at least %(count)s entry there"),
    N_("write small Latin letters, digits and _, a letter first, 20 at most, for example %(word)s"),
    N_("write any, all, in_order, or a ratio such as ratio:0.67"),
    N_("write admin, or user: and a colleague's name, in quotes"),
    N_("did you mean %(word)s?"),
    N_("leave it out; there are %(words)s"),
    N_('put it in quotes, for example "no": without them YAML reads true or false'),
    # what we find
    N_("a value is true or false, a number, a word, or a list of words"),
    N_('write for example 5000, or [annual, sick]; "12" in quotes where it is a word'),
    N_("needs tests under 'all' or 'any'"),
    N_("leave 'when' out for a step that always comes"),
    N_("says who signs in exactly one way, of %(words)s; this one says %(count)s"),
    N_("write one of them, a line '- ' for each signer"),
    N_("a ratio is more than 0 and at most 1"),
    N_("the step '%(name)s' stands there twice"),
    N_("give it an id of its own"),
    N_("the field '%(name)s' stands there twice"),
    N_("give it a key of its own"),
    N_("a key stands there twice"),
    N_("'%(name)s' has an option twice"),
    N_("'%(name)s' stands there twice"),
    N_("give one of them another key"),
    N_("'%(name)s' is no field of kind %(words)s in the form"),
    N_("add a field of kind money to the form, or leave it out"),
    N_("'%(name)s' is no field of the form that names a colleague"),
    N_("add a field with colleague: true to the form"),
    N_("add a field to the form"),
    N_("add one to the form"),
    N_("a budget needs a sum"),
    N_("say under 'amount' which field of the form it is"),
    N_("'there' takes a field of the form, and true or false"),
    N_("write one of %(words)s, and value: true"),
    N_("dept takes in_tree, = or != and the name of a branch or department"),
    N_("no field '%(name)s'"),
    N_("'%(name)s' is a %(kind)s, it does not take '%(word)s'"),
    N_("it takes only 'there'"),
    N_("it takes %(words)s"),
    N_("'%(name)s' takes a list"),
    N_("'%(name)s' takes one value"),
    N_("write it in [ ]"),
    N_("write one value, or op: in for a list"),
    N_("'%(name)s' is compared with a number, not '%(value)s'"),
    N_("write a number without quotes, unit or comma, for example 5000"),
    N_("'%(name)s' is compared with true or false"),
    N_("write true or false, without quotes"),
    N_("'%(name)s' is none of the options of '%(field)s'"),
    N_("there are %(words)s"),
    N_("'%(name)s' needs a title in zh and en"),
    N_("'%(name)s' needs its back in zh and en"),
    N_("'%(city)s' lies in two of them"),
    N_("leave it out here or in '%(name)s'"),
    N_("'%(name)s' is no customer type"),
    N_("'%(name)s' is no territory"),
    N_("write it under territories: first"),
    N_("'%(name)s' is not among the %(words)s"),
    N_("needs at least one day, for example %(words)s"),
    N_("'%(name)s' is a %(kind)s: options belong to choice and several, and to these only"),
    N_("leave the options out, or write kind: choice"),
    N_("write options: with a list of key and title"),
    N_("write for example %(words)s"),
    N_("write %(words)s"),
)


def in_words(said: str, language: Language) -> str:
    """A sentence of the check's; what is named in it stays."""
    if language != "zh":
        return said
    for sentence, pattern in _patterns():
        if (found := pattern.fullmatch(said)) is not None:
            return say(sentence(**found.groupdict()), language)
    return said


@cache
def _patterns() -> tuple[tuple[Msg, re.Pattern[str]], ...]:
    """Each with the pattern of what it looks like; those that say most come first."""
    told = sorted(SENTENCES, key=lambda one: -len(_NAMED.sub("", one.id)))
    return tuple((one, re.compile(_pattern(one.id), re.DOTALL)) for one in told)


def _pattern(msgid: str) -> str:
    parts = _NAMED.split(msgid)
    return "".join(f"(?P<{part}>.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
