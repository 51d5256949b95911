"""The command line: `python -m bot VERB`, also installed as `countersign`. Each verb loads only what it needs.

Exit codes: 0 good, 1 no, 2 usage or configuration, 3 unknown or unavailable.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

USAGE, UNAVAILABLE = 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; a mistake of the environment is one sentence, never a trace."""
    given = _parser().parse_args(argv)
    from bot.manifest import ManifestError
    from bot.policies import PolicyMissing
    from bot.settings import SettingsError
    from workflows.policy_problems import PolicyError

    verb: Callable[[argparse.Namespace], int] = given.verb
    try:
        return verb(given)
    except (SettingsError, ManifestError, PolicyMissing, PolicyError) as mistake:
        print(mistake, file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="countersign", description="Change approval in Slack, kept for the auditor.")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def add(name: str, verb: Callable[[argparse.Namespace], int], help_: str) -> argparse.ArgumentParser:
        one = verbs.add_parser(name, help=help_, description=help_)
        one.set_defaults(verb=verb)
        return one

    demo = add("demo", _demo, "the bot live in a local workspace in the browser; no accounts")
    demo.add_argument("--port", type=int, default=3030, help="of the page (3030)")
    demo.add_argument("--data", default=".demo", help="where the demo keeps its state (.demo)")
    add("run", _run, "everything in one process; migrates SQLite itself")
    add("web", _web, "the web process (PostgreSQL)")
    add("worker", _worker, "the delivery and reminder process (PostgreSQL)")
    add("migrate", _migrate, "bring the database to this version")
    manifest = add("manifest", _manifest, "print the Slack app's manifest for this installation")
    which = manifest.add_mutually_exclusive_group(required=True)
    which.add_argument("--url", help="the https address Slack reaches this bot at")
    which.add_argument("--socket", action="store_true", help="Socket Mode: no address")
    _add_operator(add)
    _add_record(add)
    _add_erase(add)
    _add_policy(verbs)
    _add_outbox(verbs)
    return parser


Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def _add_operator(add: Add) -> None:
    for name, verb, help_ in (
        ("declare", _declare, "declare an emergency from the server, for when Slack is down"),
        ("break-glass", _break_glass, "declare and proceed without approval, on your word, for when Slack is down"),
    ):
        one = add(name, verb, help_)
        one.add_argument("--name", required=True, help="who says so; goes on the card")
        one.add_argument("--email", required=True, help="your e-mail: in Slack you cannot approve what you declared")
        one.add_argument("--broken", required=True, help="what is broken, and why it can't wait")
        one.add_argument("--plan", required=True, help="what will be done")
        one.add_argument("--system", action="append", required=True, dest="systems", help="repeat for several")
        one.add_argument("--risk", choices=("low", "medium", "high"), default="high")
        one.add_argument("--drill", action="store_true", help="practice only")
        if name == "break-glass":
            one.add_argument("--reason", required=True, help="why it can't wait for an approval")


def _add_record(add: Add) -> None:
    export = add("export", _export, "print every change, one record a line")
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    export.add_argument("--since", help="declared on or after this date (YYYY-MM-DD, UTC)")
    export.add_argument("--until", help="declared before this date (YYYY-MM-DD, UTC)")
    add("verify", _verify, "check that no event was edited, removed, inserted or reordered; exit 1 names the first")
    add("check", _check, "check the promises that a database can show; exit 1 names what is broken")


def _add_erase(add: Add) -> None:
    erase = add("erase", _erase, "take a text out of the record for good; without --field or --digest, list the texts")
    erase.add_argument("key", help="of the change: EC-2026-0042")
    what = erase.add_mutually_exclusive_group()
    what.add_argument("--field", help="broken, plan, rollback, tests, reference, …: its text as it is now")
    what.add_argument("--digest", help="of any text that the change has or had")
    erase.add_argument("--kind", required=True, help="what it was, such as password; stays in the record")
    erase.add_argument("--name", required=True, help="who erases it; stays in the record")


def _add_policy(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    policy = verbs.add_parser("policy", help="the policy file: init, check, sop").add_subparsers(required=True)
    for name, verb, help_ in (
        ("init", _policy_init, "five questions, then a valid policy file"),
        ("check", _policy_check, "read the policy and name whose absence leaves nobody to decide"),
        ("sop", _policy_sop, "print the one-page emergency procedure of the policy in force"),
    ):
        one = policy.add_parser(name, help=help_, description=help_)
        one.set_defaults(verb=verb)


def _add_outbox(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    outbox = verbs.add_parser("outbox", help="messages that wait or were given up").add_subparsers(required=True)
    outbox.add_parser("list", help="what waits and what was given up").set_defaults(verb=_outbox_list)
    retry = outbox.add_parser("retry", help="try a message that was given up again")
    retry.add_argument("id")
    retry.set_defaults(verb=_outbox_retry)


def _demo(given: argparse.Namespace) -> int:
    from bot import demo

    return demo.run(port=given.port, folder=given.data)


def _run(given: argparse.Namespace) -> int:
    from bot import serving, settings

    return serving.run(settings.load())


def _web(given: argparse.Namespace) -> int:
    from bot import serving, settings

    return serving.web(settings.load())


def _worker(given: argparse.Namespace) -> int:
    from bot import serving, settings

    return serving.worker(settings.load())


def _migrate(given: argparse.Namespace) -> int:
    from bot import settings
    from workflows import db

    db.migrate(settings.load().database_url)
    print("The database is at this version.")
    return 0


def _manifest(given: argparse.Namespace) -> int:
    from bot import manifest

    text = manifest.source()
    print(manifest.for_socket(text) if given.socket else manifest.for_url(text, given.url), end="")
    return 0


def _declare(given: argparse.Namespace) -> int:
    from bot import operator_word, settings

    return operator_word.declare(settings.load(), given)


def _break_glass(given: argparse.Namespace) -> int:
    from bot import operator_word, settings

    return operator_word.break_glass(settings.load(), given)


def _erase(given: argparse.Namespace) -> int:
    from bot import operator_word, settings

    return operator_word.erase(settings.load(), given)


def _export(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.export(settings.load(), form=given.format, since=given.since, until=given.until)


def _verify(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.verify_record(settings.load())


def _check(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.check(settings.load())


def _policy_init(given: argparse.Namespace) -> int:
    from bot import policy_verbs, settings

    return policy_verbs.init(settings.load())


def _policy_check(given: argparse.Namespace) -> int:
    from bot import policy_verbs, settings

    return policy_verbs.check(settings.load())


def _policy_sop(given: argparse.Namespace) -> int:
    from bot import policy_verbs, settings

    return policy_verbs.sop(settings.load())


def _outbox_list(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.outbox_list(settings.load())


def _outbox_retry(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.outbox_retry(settings.load(), given.id)


if __name__ == "__main__":
    sys.exit(main())
