"""What each verb of the command line takes; argparse only, so that it costs nothing to know."""

import argparse

Parser = argparse.ArgumentParser


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


def token_new(one: Parser) -> None:
    """`token new`"""
    one.add_argument("name", help="of the token: stands on every deploy it lets through")
    one.add_argument(
        "--repo", action="append", required=True, metavar="OWNER/NAME", help="repeat for several; * is all"
    )
    one.add_argument("--by", required=True, help="who makes it; stays in the record")


def token_revoke(one: Parser) -> None:
    """`token revoke`"""
    one.add_argument("name", help="of the token, or its id")
    one.add_argument("--by", required=True, help="who ends it; stays in the record")


def policy_explain(one: Parser) -> None:
    """`policy explain`"""
    one.add_argument("key", help="of the change: DR-2026-0107")


def policy_replay(one: Parser) -> None:
    """`policy replay`"""
    one.add_argument("file", help="another policy.toml")
    one.add_argument("--since", help="decided on or after this date (YYYY-MM-DD, UTC)")
