"""A line in the thread of a card: who did what. Slack shows the time; nobody is pinged."""

from dataclasses import replace

from bot.blocks import kit, notifications, render, words
from bot.blocks.kit import Drawing, Scene
from bot.blocks.notes import NOTHING
from bot.blocks.sentence import Sentence, Words
from bot.blocks.states import state_of
from bot.blocks.text import clip, size
from bot.blocks.values import Facts
from workflows.case import Case
from workflows.rows import Line

# These also go to the channel, so their notification is the card's.
_LOUD = frozenset({Line.PROCEEDING, Line.DEPLOYED_UNASKED, Line.DEPLOYED_REJECTED})
_LONGEST = 200


def entry(name: str, case: Case, scene: Scene, facts: Facts) -> Drawing:
    """The message of one line; `facts` as `workflows.rows.Line` lists them."""
    quiet = replace(scene, shared=True, pings=frozenset())
    sentence = words.thread_sentence(name, case, facts)
    elements = render.rich(sentence, quiet)
    if size(render.plain(sentence, quiet)) > _LONGEST:
        elements = [{"type": "text", "text": clip(render.plain(sentence, quiet), _LONGEST)}]
    return kit.drawing(_text(Line(name), case, quiet, sentence), [kit.rich_text([elements])])


def _text(name: Line, case: Case, scene: Scene, sentence: Sentence) -> str:
    if name in _LOUD:
        return notifications.notification(case, scene, NOTHING, state_of(case, scene.now))
    lead = f"Practice. {case.key}: " if case.drill else f"{case.key}: "
    return render.notification((Words(lead), *sentence), scene)
