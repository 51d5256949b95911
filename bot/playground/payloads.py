"""The payloads of commands and interactions, shaped as Slack shapes them."""

from __future__ import annotations

import re
from typing import Any

from bot.playground import messages, views
from bot.playground.ids import url_token
from bot.playground.records import Channel, Json, Message, ResponseUrl, View
from bot.playground.state import State
from bot.playground.values import nested, state_of

TOKEN = "verification-token-of-the-playground"


def team(state: State) -> Json:
    """Return the workspace as payloads name it."""
    return {"id": state.team_id, "domain": state.team_domain}


def user(state: State, person: str) -> Json:
    """Return a person as payloads name them."""
    one = state.people[person]
    return {"id": one.id, "username": one.name, "name": one.name, "team_id": one.team_id}


def channel(place: Channel) -> Json:
    """Return a channel as payloads name it."""
    return {"id": place.id, "name": channel_name(place)}


def channel_name(place: Channel) -> str:
    """Return the name Slack gives a channel in payloads: private ones and DMs are not named."""
    if place.is_im:
        return "directmessage"
    return "privategroup" if place.private else place.name


def base(state: State, kind: str, person: str) -> Json:
    """Return what every interaction carries."""
    return {
        "type": kind,
        "team": team(state),
        "user": user(state, person),
        "api_app_id": state.app().app_id,
        "token": TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def response_url(state: State, made: ResponseUrl) -> str:
    """Make a response URL: five answers within thirty minutes of real time."""
    token = url_token()
    with state.lock:
        if len(state.response_urls) > 5000:
            old = state.real() - 3600
            state.response_urls = {key: one for key, one in state.response_urls.items() if one.born > old}
        state.response_urls[token] = made
    return f"{state.base_url}/response/{token}"


def command(state: State, person: str, place: Channel, name: str, words: str) -> Json:
    """Return the form fields of a slash command."""
    one = state.people[person]
    return {
        "token": TOKEN,
        "team_id": state.team_id,
        "team_domain": state.team_domain,
        "channel_id": place.id,
        "channel_name": channel_name(place),
        "user_id": one.id,
        "user_name": one.name,
        "command": name,
        "text": words,
        "api_app_id": state.app().app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(state, ResponseUrl(place.id, person, state.real())),
        "trigger_id": views.new_trigger(state, person),
    }


def escaped(state: State, words: str) -> str:
    """Return the words of a command whose manifest says `should_escape`: entities, and ids for names."""
    safe = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    names = {one.name: one.id for one in state.people.values()}
    places = {one.name: one.id for one in state.channels.values() if not one.is_im and not one.private}

    def person(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<@{names[name]}|{name}>" if name in names else match.group(0)

    def place(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<#{places[name]}|{name}>" if name in places else match.group(0)

    safe = re.sub(r"https?://[^\s|]+", lambda match: f"<{match.group(0)}>", safe)
    safe = re.sub(r"(?<![\w<&])@([\w.-]+)", person, safe)
    return re.sub(r"(?<![\w<&/])#([\w-]+)", place, safe)


def on_message(state: State, person: str, message: Message) -> Json:
    """Return where a message interaction came from: its container, channel, message, values and response URL."""
    place = state.channels[message.channel]
    ephemeral = message.ephemeral_for is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    answers = ResponseUrl(message.channel, person, state.real(), message.ts, ephemeral, message.thread_ts)
    shape: Json = {
        "container": container,
        "channel": channel(place),
        "response_url": response_url(state, answers),
        "state": {"values": nested(state_of(message.blocks, message.typed))},
    }
    if not ephemeral:
        shape["message"] = messages.as_json(state, message)
    return shape


def on_view(state: State, view: View) -> Json:
    """Return where a view interaction came from."""
    return {"container": {"type": "view", "view_id": view.id}, "view": views.as_json(state, view)}


def action(block: Json, element: Json, state: Json | None, moment: str) -> Json:
    """Return one entry of `actions`."""
    shape: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    for name in ("text", "value", "style", "placeholder", "url"):
        if element["type"] in ("button", "static_select", "external_select", "overflow") and name in element:
            shape[name] = element[name]
    chosen: dict[str, Any] = {name: value for name, value in (state or {}).items() if name != "type"}
    return shape | chosen | {"action_ts": moment}
