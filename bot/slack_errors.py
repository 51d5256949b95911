"""What Slack's error codes mean for a send: one table, and the exception that carries the class."""

import re
from collections.abc import Mapping
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from workflows.backoff import Trouble

CODE = re.compile(r"[a-z0-9_]+")
PAUSE = timedelta(seconds=60)
NO_WAIT = timedelta()

# The fate of a send by Slack's error code; what is not named here is treated as poison: tried a few times,
# then dead.
ERRORS: Mapping[str, Trouble] = {
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), Trouble.RATE_LIMITED),
    **dict.fromkeys(("service_unavailable", "request_timeout", "team_added_to_org"), Trouble.TRANSIENT),
    # Slack's documentation: "some aspect of the operation" may have "succeeded before the error was raised"
    **dict.fromkeys(("internal_error", "fatal_error"), Trouble.AMBIGUOUS),
    **dict.fromkeys(
        (
            "channel_not_found",
            "not_in_channel",
            "is_archived",
            "is_inactive",
            "channel_is_archived",
            "user_not_found",
            "users_not_found",
            "user_not_visible",
            "user_disabled",
            "user_not_in_channel",
            "cannot_dm_bot",
            "cannot_find_channel",
            "messages_tab_disabled",
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_thread_locked",
            "restricted_action_non_threadable_channel",
            "thread_not_found",
            "no_account",
            "card_undelivered",
            "confidential",
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
            "not_enabled",
        ),
        Trouble.WRONG_ADDRESS,
    ),
    **dict.fromkeys(
        (
            "invalid_blocks",
            "invalid_blocks_format",
            "msg_too_long",
            "msg_blocks_too_long",
            "no_text",
            "too_many_attachments",
            "invalid_metadata_format",
            "metadata_too_large",
            "view_too_large",
            "invalid_arguments",
        ),
        Trouble.BAD_CONTENT,
    ),
    **dict.fromkeys(
        (
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "no_permission",
            "org_login_required",
            "ekm_access_denied",
            "access_denied",
            "missing_scope",
            "not_allowed_token_type",
        ),
        Trouble.LOST_AUTHORITY,
    ),
}
# The message that was to be updated is no more, or can be changed no more: a new one takes its place.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class SendFailed(Exception):
    """A send came to nothing, or perhaps did not (`trouble` ambiguous). `wait`: not before this much time."""

    def __init__(self, trouble: Trouble, error: str, wait: timedelta = NO_WAIT) -> None:
        super().__init__(error)
        self.trouble = trouble
        self.error = error
        self.wait = wait


def refusal(refused: SlackApiError) -> SendFailed:
    """The failure that Slack's answer stands for."""
    answer = refused.response
    error = str(answer.get("error") or "")[:200]
    if answer.status_code == 429:
        return SendFailed(Trouble.RATE_LIMITED, "ratelimited", _retry_after(answer.headers))
    trouble = ERRORS.get(error)
    if trouble is None and (answer.status_code >= 500 or not CODE.fullmatch(error)):
        # not Slack's words: a proxy's, a portal's, or a fault on the way back
        trouble = Trouble.TRANSIENT if answer.status_code == 503 else Trouble.AMBIGUOUS
        error = f"HTTP {answer.status_code}"
    if trouble is Trouble.RATE_LIMITED:
        return SendFailed(trouble, error, _retry_after(answer.headers))
    if trouble is Trouble.LOST_AUTHORITY:
        needed = answer.get("needed")
        return SendFailed(trouble, f"{error}: needs {needed}" if needed else error, PAUSE)
    detail = (answer.get("response_metadata") or {}).get("messages") or []
    return SendFailed(trouble or Trouble.POISON, " ".join([error, *map(str, detail)])[:500])


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    """At least a second, at most an hour; 30 s when Slack names no time that can be read."""
    value = next((v for name, v in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=min(max(int(value), 1), 3600) if str(value).isdecimal() else 30)
