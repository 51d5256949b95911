"""Sentences written out: as rich text, as mrkdwn, as plain words, and as the blocks made of them."""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.blocks import kit, times
from bot.blocks.kit import JSON, Scene
from bot.blocks.sentence import (
    Channel,
    Link,
    Moment,
    Piece,
    Sentence,
    Team,
    Typed,
    Who,
    Words,
    has_typed,
    join,
)
from bot.blocks.text import escape, one_line, tame, typed

_SLACK_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}")
_SLACK_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,20}")
_UNKNOWN = "someone"


def name_of(scene: Scene, person: str, limit: int = 60) -> str:
    """A person's name in one line, without hidden marks."""
    known = scene.people.get(person)
    return one_line(known.name, limit) if known and known.name.strip() else _UNKNOWN


def _mention(scene: Scene, who: Who) -> str | None:
    known = scene.people.get(who.person)
    if who.quiet or known is None or not known.slack or not _SLACK_PERSON.fullmatch(known.slack):
        return None
    return known.slack if scene.pings is None or who.person in scene.pings else None


def _group(scene: Scene, team: Team) -> str | None:
    return scene.group_mentions.get(team.name) if scene.pings is None or team.name in scene.pings else None


def written(moment: Moment, scene: Scene) -> str:
    """The time in words, in the scene's zone; a shared one names its zone where it names the day."""
    today = times.same_day(moment.at, scene.zone, scene.now)
    if moment.form == "clock" or (today and moment.form != "due"):
        clock = times.clock(moment.at, scene.zone)
        return f"at {clock}" if moment.form == "at" else clock
    return times.written(moment.at, scene.zone, scene.now, named=scene.shared)


def _token(moment: Moment, scene: Scene) -> tuple[int, str, str]:
    near = abs(scene.now - moment.at) < timedelta(hours=20)
    shape = times.CLOCK if moment.form == "clock" and near else times.FULL
    fallback = times.written(moment.at, scene.zone, scene.now, named=True)
    return int(moment.at.timestamp()), shape, fallback


def plain(sentence: Sentence, scene: Scene, *, sign: str = "", names: int = 60) -> str:
    """The sentence in plain words for a `plain_text` object; `sign` goes before the names of people and groups."""
    return "".join(_plain(piece, scene, sign, names) for piece in sentence)


def _plain(piece: Piece, scene: Scene, sign: str = "", names: int = 60) -> str:
    match piece:
        case Words(text=text):
            return text
        case Typed(text=text, limit=limit, flat=flat, hint=hint):
            cut = one_line(text, limit) if flat else typed(text, limit)
            return cut + hint if cut.endswith("…") and hint else cut
        case Who(person=person):
            return sign + name_of(scene, person, names)
        case Team(name=name):
            return name
        case Channel(id=channel):
            named = scene.rules.incidents if channel == scene.incidents else channel
            return named if named.startswith("#") else "the other channel"
        case Link(text=text):
            return text
        case Moment():
            return written(piece, scene)


def notification(sentence: Sentence, scene: Scene, *, names: int = 20) -> str:
    """The sentence as a message's `text`: names with `@`, cut to `names`; nothing in it is a mention or a link."""
    return escape(plain(sentence, scene, sign="@", names=names))


def mrkdwn(sentence: Sentence, scene: Scene) -> str:
    """The sentence as mrkdwn. Typed text is escaped and tamed, though a line with it is better drawn as rich text."""
    made: list[str] = []
    bold = False
    for piece in sentence:
        text = _mrkdwn(piece, scene)
        if text and piece.bold != bold:
            made.append("*")
            bold = piece.bold
        made.append(text)
    return "".join(made) + ("*" if bold else "")


def _mrkdwn(piece: Piece, scene: Scene) -> str:
    match piece:
        case Who() if slack := _mention(scene, piece):
            return f"<@{slack}>"
        case Team() if group := _group(scene, piece):
            return f"<!subteam^{group}>"
        case Channel(id=channel) if _SLACK_CHANNEL.fullmatch(channel):
            return f"<#{channel}>"
        case Link(url=url, text=text):
            return f"<{escape(url).replace('|', '%7C')}|{tame(text)}>"
        case Moment() if scene.shared:
            unix, shape, fallback = _token(piece, scene)
            return f"<!date^{unix}^{shape}|{fallback}>"
    return tame(_plain(piece, scene))


def rich(sentence: Sentence, scene: Scene) -> list[JSON]:
    """The sentence as elements of a `rich_text_section`; neighbouring words of one style are one element."""
    made: list[JSON] = []
    for piece in sentence:
        element = _rich(piece, scene)
        if element["type"] == "text" and not element["text"]:
            continue
        if piece.bold and element["type"] != "date":
            element["style"] = {"bold": True}
        last = made[-1] if made else {}
        if element["type"] == last.get("type") == "text" and element.get("style") == last.get("style"):
            last["text"] += element["text"]
        else:
            made.append(element)
    return made


def _rich(piece: Piece, scene: Scene) -> JSON:
    match piece:
        case Who() if slack := _mention(scene, piece):
            return {"type": "user", "user_id": slack}
        case Team() if group := _group(scene, piece):
            return {"type": "usergroup", "usergroup_id": group}
        case Channel(id=channel) if _SLACK_CHANNEL.fullmatch(channel):
            return {"type": "channel", "channel_id": channel}
        case Link(url=url, text=text):
            return {"type": "link", "url": url, "text": text}
        case Moment() if scene.shared:
            unix, shape, fallback = _token(piece, scene)
            return {"type": "date", "timestamp": unix, "format": shape, "fallback": fallback}
    return {"type": "text", "text": _plain(piece, scene)}


def header(sentence: Sentence, scene: Scene) -> JSON:
    """A header block."""
    return kit.header(plain(sentence, scene))


def paragraph(sentence: Sentence, scene: Scene) -> JSON:
    """One paragraph: a section while every word is ours, rich text when somebody typed a part of it."""
    if has_typed(sentence):
        return kit.rich_text([rich(sentence, scene)])
    return kit.section(mrkdwn(sentence, scene))


def passage(sentences: Sequence[Sentence], scene: Scene) -> JSON:
    """Several paragraphs with typed text as one block."""
    return kit.rich_text([rich(one, scene) for one in sentences if one])


def small(sentences: Sequence[Sentence], scene: Scene) -> JSON:
    """Small grey lines, one below the other; plain words when somebody typed a part of them."""
    lines = join(sentences, "\n")
    if has_typed(lines):
        return kit.context([kit.plain(kit.clipped(plain(lines, scene), 2000))])
    return kit.context([kit.markdown(mrkdwn(lines, scene))])


def facts(pairs: Sequence[tuple[str, Sentence]], scene: Scene) -> JSON:
    """Two columns of name and value."""
    return kit.fields([_fact((Words(name, True), Words("\n"), *value), scene) for name, value in pairs])


def _fact(sentence: Sentence, scene: Scene) -> JSON:
    if has_typed(sentence):
        return kit.plain(plain(sentence, scene), 2000)
    return kit.markdown(mrkdwn(sentence, scene), 2000)
