"""What went around the gate in a period: "0 unexplained", or what is, and when nobody looked (SCREENS 13)."""

from datetime import datetime

from bot.blocks.sentence import Sentence, When, join, listing, say
from workflows.completeness import Period, unread

_MOST = 5


def line(period: Period) -> Sentence:
    """`Around the gate: 0 unexplained; sources read without a gap.`; never 0 where a source was not read."""
    told = _found(period) if period.count or period.clean else ()
    return say("*Around the gate*: {told}", told=join((told, _gaps(period)), ". "))


def _found(period: Period) -> Sentence:
    if not period.count:
        return say("0 unexplained; sources read without a gap.")
    keys = [one.key for one in period.list if one.key]
    waiting = period.count - len(keys)
    judged = f"{waiting} not judged yet" if waiting else None
    which = join((listing(keys, limit=_MOST), judged), ", ")
    return say(f"{period.count} unexplained: {{which}}{'' if period.gaps else '.'}", which=which)


def _gaps(period: Period) -> Sentence:
    if not period.sources:
        return say("the policy names no repository, so nothing was compared.")
    if not period.gaps:
        return ()
    spans = listing((_span(*one) for one in unread(period.gaps)), limit=2, others="stretches more")
    return say("GitHub was not read {spans}: not complete.", spans=spans)


def _span(since: datetime, until: datetime) -> Sentence:
    return say("{since}–{until}", since=When(since), until=When(until))
