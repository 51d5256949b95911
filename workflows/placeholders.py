"""What reads like a placeholder: matched against a list, never by length (auditors: placeholder text is a finding)."""

import re
import unicodedata

_WORDS = """
    na n/a none no nothing tbd tba todo to-do tbc wip asdf asdfasdf qwerty xxx yyy zzz abc foo bar foobar test testing
    fix fixed bugfix hotfix change changes update updates stuff misc lorem ipsum see-above seeabove same idem ditto
    later unknown dunno idk whatever placeholder dummy sample example empty blank null undefined
"""


def placeholder(text: str, *, others: tuple[str, ...] = ()) -> bool:
    """Whether `text` says nothing: a listed word, one character repeated, or one of `others` over again.

    Case, punctuation and spaces are ignored. Empty text is missing, not a placeholder: False.
    """
    plain = _plain(text)
    if not text.strip():
        return False
    if not plain:
        return True
    if len(set(plain)) == 1 or plain in _PLAIN_WORDS:
        return True
    return any(plain == _plain(other) for other in others if other.strip())


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", folded)


_PLAIN_WORDS = frozenset(_plain(word) for word in _WORDS.split())
