"""build_app(): who is this → context["caller"]; refusals and faults become words here; one listener per kind.

Bolt tries its listeners in order, so there is one for each kind of delivery, clicks first, and a table behind it.
"""

import logging
import re
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from slack_bolt import App, BoltContext, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot import buttons, commands, door, home, modals, refusing, replies, shortcuts, suggestions
from bot.caller import Caller, identify
from bot.desk import Desk
from bot.wire import Shape

LOG = structlog.get_logger("app")
ANYTHING = re.compile("")
Take = Callable[[Desk, Caller, dict[str, Any]], Any]

# Every kind of delivery that a person causes → who takes it.
TAKERS: dict[Shape, Take] = {
    Shape.CLICK: buttons.take,
    Shape.SUBMISSION: modals.take,
    Shape.COMMAND: commands.take,
    Shape.QUESTION: suggestions.take,
    Shape.SHORTCUT: shortcuts.take,
    Shape.MESSAGE_SHORTCUT: shortcuts.take,
    Shape.CLOSED: modals.closed,
}


def build_app(desk: Desk) -> App:
    """The Bolt app. It asks Slack nothing when it is made and nothing to let a delivery in."""
    door.quiet()
    app = App(
        logger=logging.getLogger("slack_bolt"),
        name="countersign",
        process_before_response=True,
        authorize=_authorize,
        request_verification_enabled=False,  # `signatures` did, over the raw bytes
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.middleware(_who(desk))
    _listen(app, desk)
    app.error(_fault(desk))
    return app


def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Whoever signs is let in; the team is pinned by `caller`, and no token is handed to Bolt."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def _who(desk: Desk) -> Callable[..., BoltResponse | None]:
    def who(context: BoltContext, body: dict[str, Any], next: Callable[[], None]) -> BoltResponse | None:
        shape: Shape = context["shape"]
        if shape is Shape.EVENT:
            next()
            return None
        caller = identify(desk, body, context["delivery"])
        context["caller"] = caller
        # A click on a change is refused by its use case, which keeps the try in the record.
        if caller.barred is not None and not (shape is Shape.CLICK and buttons.recorded(body)):
            return replies.response(refusing.barred(desk, caller, shape, body))
        next()
        return None

    return who


def _listen(app: App, desk: Desk) -> None:
    def listen(context: BoltContext, body: dict[str, Any]) -> BoltResponse:
        shape: Shape = context["shape"]
        begun = time.monotonic()
        try:
            return replies.response(TAKERS[shape](desk, context["caller"], body))
        finally:
            desk.meter.answered(shape.value, time.monotonic() - begun)

    def event(context: BoltContext, body: dict[str, Any]) -> BoltResponse:
        home.event(desk, body, context["delivery"])
        return replies.response(None)

    app.action(ANYTHING)(listen)
    app.view(ANYTHING)(listen)
    app.view_closed(ANYTHING)(listen)
    app.command(ANYTHING)(listen)
    app.options(ANYTHING)(listen)
    app.shortcut(ANYTHING)(listen)
    app.event(ANYTHING)(event)


def _fault(desk: Desk) -> Callable[..., BoltResponse]:
    def fault(error: Exception, context: BoltContext, body: dict[str, Any]) -> BoltResponse:
        shape: Shape = context["shape"]
        # Where, and never what: messages of the database and locals hold what people typed.
        LOG.error("fault", shape=shape.value, fault=type(error).__name__, where=_where(error))
        if shape is Shape.EVENT:
            return BoltResponse(status=503, body="")  # Slack sends an event again
        return refusing.fault(desk, shape, body)

    return fault


def _where(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
