"""What the verbs take that let somebody in: pipelines by `token`, outside auditors by `register`; argparse only."""

import argparse

Parser = argparse.ArgumentParser


def token_new(one: Parser) -> None:
    """`token new`"""
    one.set_defaults(what="new")
    one.add_argument("name", help="of the token: stands on every deploy it lets through")
    one.add_argument(
        "--repo", action="append", required=True, metavar="OWNER/NAME", help="repeat for several; * is all"
    )
    one.add_argument("--by", required=True, help="who makes it; stays in the record")


def token_list(one: Parser) -> None:
    """`token list`"""
    one.set_defaults(what="list")


def token_revoke(one: Parser) -> None:
    """`token revoke`"""
    one.set_defaults(what="revoke")
    one.add_argument("name", help="of the token, or its id")
    one.add_argument("--by", required=True, help="who ends it; stays in the record")


def register_invite(one: Parser) -> None:
    """`register invite`"""
    one.set_defaults(what="invite")
    one.add_argument("--name", required=True, help="of the auditor; they are shown it")
    one.add_argument("--email", required=True, help="of the auditor")
    one.add_argument("--until", required=True, metavar="YYYY-MM-DD", help="to the end of this day (UTC), or a time")
    one.add_argument("--by", required=True, help="who invites; stays in the record")


def register_list(one: Parser) -> None:
    """`register list`"""
    one.set_defaults(what="list")


def register_end(one: Parser) -> None:
    """`register end`"""
    one.set_defaults(what="end")
    one.add_argument("which", help="the e-mail address or the id of the invitation")
    one.add_argument("--by", required=True, help="who ends it; stays in the record")


def register_sessions(one: Parser) -> None:
    """`register sessions`"""
    one.set_defaults(what="sessions")


def register_sign_out(one: Parser) -> None:
    """`register sign-out`"""
    one.set_defaults(what="sign-out")
    one.add_argument("who", help="a Slack id, the id of a session, or `everybody`")
    one.add_argument("--by", required=True, help="who ends them; stays in the record")
