"""The command line: `python -m bot VERB`, also installed as `countersign`. Each verb loads only what it needs.

Exit codes: 0 good, 1 no, 2 usage or configuration, 3 unknown or unavailable.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from bot import arguments

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

    arguments.demo(add("demo", _demo, "the bot live in a local workspace in the browser; no accounts"))
    add("run", _run, "everything in one process; migrates SQLite itself")
    add("web", _web, "the web process (PostgreSQL)")
    add("worker", _worker, "the delivery and reminder process (PostgreSQL)")
    add("migrate", _migrate, "bring the database to this version")
    arguments.manifest(add("manifest", _manifest, "print the Slack app's manifest for this installation"))
    _add_operator(add)
    _add_record(add)
    _add_gate(verbs, add)
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
        arguments.declaring(one)
        if name == "break-glass":
            one.add_argument("--reason", required=True, help="why it can't wait for an approval")


def _add_record(add: Add) -> None:
    arguments.export(add("export", _export, "print every change, one record a line"))
    add("verify", _verify, "check that no event was edited, removed, inserted or reordered; exit 1 names the first")
    add("check", _check, "check the promises that a database can show; exit 1 names what is broken")
    erase = "take a text out of the record for good; without --field or --digest, list the texts"
    arguments.erase(add("erase", _erase, erase))


def _add_gate(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", add: Add) -> None:
    arguments.gate(add("gate", _gate, "may this commit go there? exit 0 yes, 1 no, 2 usage, 3 not known"))
    imports = verbs.add_parser("import", help="what was done elsewhere: deployments").add_subparsers(required=True)
    one = imports.add_parser("deployments", help="say afterwards what was deployed; all of the file or nothing")
    one.set_defaults(verb=_import_deployments)
    arguments.import_deployments(one)
    token = verbs.add_parser("token", help="what pipelines show: new, list, revoke").add_subparsers(required=True)
    for name, verb, help_, takes in (
        ("new", _token_new, "make a token for a pipeline; it is shown once", arguments.token_new),
        ("list", _token_list, "every token there ever was, without its text", None),
        ("revoke", _token_revoke, "end a token at once", arguments.token_revoke),
    ):
        one = token.add_parser(name, help=help_, description=help_)
        one.set_defaults(verb=verb)
        if takes is not None:
            takes(one)


def _add_policy(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    policy = verbs.add_parser("policy", help="the policy file: init, check, sop, explain, replay").add_subparsers(
        required=True
    )
    for name, verb, takes, help_ in (
        ("init", _policy_init, None, "five questions, then a valid policy file"),
        ("check", _policy_check, None, "read the policy and name whose absence leaves nobody to decide"),
        ("sop", _policy_sop, None, "print the one-page emergency procedure of the policy in force"),
        ("explain", _policy_explain, arguments.policy_explain, "why a change may go, or not yet"),
        ("replay", _policy_replay, arguments.policy_replay, "what another policy would have decided; exit 1 if any"),
    ):
        one = policy.add_parser(name, help=help_, description=help_)
        one.set_defaults(verb=verb)
        if takes is not None:
            takes(one)


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


def _gate(given: argparse.Namespace) -> int:
    from bot import gate_verbs, settings

    return gate_verbs.gate(settings.load(), given)


def _import_deployments(given: argparse.Namespace) -> int:
    from bot import import_verbs, settings

    return import_verbs.deployments(settings.load(), given.file)


def _token_new(given: argparse.Namespace) -> int:
    from bot import gate_verbs, settings

    return gate_verbs.token_new(settings.load(), given)


def _token_list(given: argparse.Namespace) -> int:
    from bot import gate_verbs, settings

    return gate_verbs.token_list(settings.load(), given)


def _token_revoke(given: argparse.Namespace) -> int:
    from bot import gate_verbs, settings

    return gate_verbs.token_revoke(settings.load(), given)


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


def _policy_explain(given: argparse.Namespace) -> int:
    from bot import policy_verbs, settings

    return policy_verbs.explain(settings.load(), given.key)


def _policy_replay(given: argparse.Namespace) -> int:
    from bot import policy_verbs, settings

    return policy_verbs.replay_file(settings.load(), given.file, since=given.since)


def _outbox_list(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.outbox_list(settings.load())


def _outbox_retry(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.outbox_retry(settings.load(), given.id)


if __name__ == "__main__":
    sys.exit(main())
