"""The verbs of the command line, what each says of itself and takes; argparse only, so that it is known at once."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from bot import arguments_letting_in as letting_in
from bot.arguments_letting_in import Parser


def demo(one: Parser) -> None:
    """`demo`"""
    one.add_argument("--port", type=int, default=3030, help="of the page (3030)")
    one.add_argument("--data", default=".demo", help="where the demo keeps its state (.demo)")


def manifest(one: Parser) -> None:
    """`manifest`: one of the two ways in which Slack reaches us."""
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--url", help="the https address Slack reaches this bot at")
    which.add_argument("--socket", action="store_true", help="Socket Mode: no address")


def declaring(one: Parser) -> None:
    """`declare` and `break-glass`"""
    one.add_argument("--name", required=True, help="who says so; goes on the card")
    one.add_argument("--email", required=True, help="your e-mail: in Slack you cannot approve what you declared")
    one.add_argument("--broken", required=True, help="what is broken, and why it can't wait")
    one.add_argument("--plan", required=True, help="what will be done")
    one.add_argument("--system", action="append", required=True, dest="systems", help="repeat for several")
    one.add_argument("--risk", choices=("low", "medium", "high"), default="high")
    one.add_argument("--drill", action="store_true", help="practice only")


def export(one: Parser) -> None:
    """`export`"""
    one.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    one.add_argument("--since", help="declared on or after this date (YYYY-MM-DD, UTC)")
    one.add_argument("--until", help="declared before this date (YYYY-MM-DD, UTC)")
    one.add_argument("--name", required=True, help="who takes it away; stays in the record")


def doctor(one: Parser) -> None:
    """`doctor`"""
    one.add_argument("--json", action="store_true", help="as JSON")


def erase(one: Parser) -> None:
    """`erase`"""
    one.add_argument("key", help="of the change: EC-2026-0042")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--field", help="broken, plan, rollback, tests, reference, …: its text as it is now")
    what.add_argument("--digest", help="of any text that the change has or had")
    one.add_argument("--kind", required=True, help="what it was, such as password; stays in the record")
    one.add_argument("--name", required=True, help="who erases it; stays in the record")


def gate(one: Parser) -> None:
    """`gate`"""
    one.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the repository")
    one.add_argument("--sha", required=True, help="the whole commit SHA that would be deployed")
    one.add_argument("--env", required=True, help="the environment, as the policy names it")
    one.add_argument("--wait", metavar="30m", help="how long to wait for a yes (not at all)")


def import_deployments(one: Parser) -> None:
    """`import deployments`"""
    one.add_argument(
        "file", metavar="FILE.csv", help="columns id, repository, environment, sha[, at, outcome, by, url]"
    )


def period(one: Parser) -> None:
    """`unexplained`"""
    one.add_argument("--since", help="on or after this date (YYYY-MM-DD, UTC; default: 30 days before the end)")
    one.add_argument("--until", help="before this date (YYYY-MM-DD, UTC; default: now)")


def policy_explain(one: Parser) -> None:
    """`policy explain`"""
    one.add_argument("key", help="of the change: DR-2026-0107")


def policy_replay(one: Parser) -> None:
    """`policy replay`"""
    one.add_argument("file", help="another policy.toml")
    one.add_argument("--since", help="decided on or after this date (YYYY-MM-DD, UTC)")


def outbox_retry(one: Parser) -> None:
    """`outbox retry`"""
    one.add_argument("id")


def break_glass(one: Parser) -> None:
    """`break-glass`"""
    declaring(one)
    one.add_argument("--reason", required=True, help="why it can't wait for an approval")


def verify(one: Parser) -> None:
    """`verify`"""
    one.add_argument("pack", nargs="?", metavar="PACK", help="a pack (zip or folder); without one, the database")
    one.add_argument(
        "--key", action="append", default=[], metavar="KEY", help="your copy of the verifier key, or a file"
    )
    one.add_argument("--anchor", action="append", default=[], metavar="FILE", help="a checkpoint that you kept")


def pack(one: Parser) -> None:
    """`pack`"""
    one.add_argument("keys", nargs="*", metavar="KEY", help="of a change: EC-2026-0042; or draw a sample:")
    one.add_argument("--sample", type=int, metavar="N", help="so many changes, and so many emergencies apart")
    one.add_argument("--seed", help="what the sample is drawn by: same seed, same sample")
    one.add_argument("--since", help="declared on or after this date (YYYY-MM-DD, UTC; default: the oldest)")
    one.add_argument("--until", help="declared before this date (YYYY-MM-DD, UTC; default: now)")
    one.add_argument(
        "--kind",
        action="append",
        default=[],
        dest="kinds",
        choices=("deploy", "emergency", "finding"),
        help="only these",
    )
    one.add_argument("--anchor", action="append", default=[], metavar="FILE", help="a checkpoint the auditor kept")
    one.add_argument("--logs", action="store_true", help="with the archives of CI logs, where they were kept")
    one.add_argument("--out", metavar="FILE", help="where it is written (countersign-pack-….zip)")
    one.add_argument("--name", required=True, help="who makes it; stays in the record, and on the cover")


def key_new(one: Parser) -> None:
    """`key new`"""
    one.set_defaults(what="new")
    one.add_argument("--name", help="of the log, like an address (default: [audit] origin of the policy)")


def key_show(one: Parser) -> None:
    """`key show`"""
    one.set_defaults(what="show")


def key_rotate(one: Parser) -> None:
    """`key rotate`"""
    one.set_defaults(what="rotate")
    one.add_argument("--by", required=True, help="who does it; stays in the record")


def history_accept(one: Parser) -> None:
    """`history accept`"""
    one.set_defaults(what="accept")
    one.add_argument("--by", required=True, help="who says so; stays in the record")


def nothing(one: Parser) -> None:
    """A verb that takes nothing."""


GROUPS: Mapping[str, str] = {
    "import": "what was done elsewhere: deployments",
    "key": "what signs checkpoints: new, show, rotate",
    "history": "when the record is not the one that its anchors saw: accept",
    "token": "what pipelines show: new, list, revoke",
    "register": "auditors from outside and who is signed in: invite, list, end, sessions, sign-out",
    "policy": "the policy file: init, check, sop, explain, replay",
    "outbox": "messages that wait or were given up",
}
# Verb → what it says of itself, and what it takes; in the order of the help.
VERBS: Mapping[str, tuple[str, Callable[[Parser], None]]] = {
    "demo": ("the bot live in a local workspace in the browser; no accounts", demo),
    "run": ("everything in one process; migrates SQLite itself", nothing),
    "web": ("the web process (PostgreSQL)", nothing),
    "worker": ("the delivery and reminder process (PostgreSQL)", nothing),
    "migrate": ("bring the database to this version", nothing),
    "doctor": ("what of this installation works, and what to do about the rest; only reads", doctor),
    "manifest": ("print the Slack app's manifest for this installation", manifest),
    "declare": ("declare an emergency from the server, for when Slack is down", declaring),
    "break-glass": ("declare and proceed without approval, on your word, for when Slack is down", break_glass),
    "export": ("print every change, one record a line", export),
    "pack": ("everything about some changes, or a sample of them, in a zip that an auditor checks alone", pack),
    "verify": (
        "check that no event was edited, removed, inserted or reordered, or check a pack; exit 1 names the first",
        verify,
    ),
    "check": ("check the promises that a database can show; exit 1 names what is broken", nothing),
    "unexplained": (
        "what went around the gate and nobody explained; exit 0 nothing, 1 the list, 3 a source was not read",
        period,
    ),
    "erase": ("take a text out of the record for good; without --field or --digest, list the texts", erase),
    "gate": ("may this commit go there? exit 0 yes, 1 no, 2 usage, 3 not known", gate),
    "import deployments": ("say afterwards what was deployed; all of the file or nothing", import_deployments),
    "key new": ("make the key that signs checkpoints, in SIGNING_KEY_FILE; prints what an auditor needs", key_new),
    "key show": ("print the verifier key, for auditors", key_show),
    "key rotate": ("put a new key in place of the old; both sign that it follows", key_rotate),
    "history accept": ("say by name that the record is right although an anchor saw another", history_accept),
    "token new": ("make a token for a pipeline; it is shown once", letting_in.token_new),
    "token list": ("every token there ever was, without its text", letting_in.token_list),
    "token revoke": ("end a token at once", letting_in.token_revoke),
    "register invite": (
        "let an auditor from outside read the register for a time; shown once",
        letting_in.register_invite,
    ),
    "register list": ("who was invited, and until when", letting_in.register_list),
    "register end": ("end an invitation at once", letting_in.register_end),
    "register sessions": ("who is signed in now", letting_in.register_sessions),
    "register sign-out": ("end somebody's sessions, or everybody's", letting_in.register_sign_out),
    "policy init": ("five questions, then a valid policy file", nothing),
    "policy check": ("read the policy and name whose absence leaves nobody to decide", nothing),
    "policy sop": ("print the one-page emergency procedure of the policy file", nothing),
    "policy explain": ("why a change may go, or not yet", policy_explain),
    "policy replay": ("what another policy would have decided; exit 1 if any", policy_replay),
    "outbox list": ("what waits and what was given up", nothing),
    "outbox retry": ("try a message that was given up again", outbox_retry),
}


def parser(verbs: Mapping[str, Callable[[argparse.Namespace], int]]) -> Parser:
    """The whole command line; what was parsed has the function of its verb as `verb`. KeyError: a verb has none."""
    whole = Parser(prog="countersign", description="Change approval in Slack, kept for the auditor.")
    top: Any = whole.add_subparsers(title="verbs", metavar="VERB", required=True)
    groups: dict[str, Any] = {}
    for name, (says, takes) in VERBS.items():
        group, _, rest = name.partition(" ")
        if rest and group not in groups:
            groups[group] = top.add_parser(group, help=GROUPS[group]).add_subparsers(required=True)
        one = (groups[group] if rest else top).add_parser(rest or name, help=says, description=says)
        one.set_defaults(verb=verbs[name])
        takes(one)
    return whole
