"""The command line: `python -m bot VERB`, also installed as `countersign`. Each verb loads only what it needs.

Exit codes: 0 good, 1 no, 2 usage or configuration, 3 unknown or unavailable.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from bot import arguments

USAGE, UNAVAILABLE = 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; a mistake of the environment is one sentence, never a trace.

    So is a record that can't be read or written: no answer is no "no", so that is 3.
    """
    given = arguments.parser(_VERBS).parse_args(argv)
    import sqlite3

    from sqlalchemy.exc import OperationalError

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
    except (OperationalError, sqlite3.OperationalError) as fault:
        why = str(getattr(fault, "orig", None) or fault).strip().partition("\n")[0]
        print(f"The record is not available: {why}. See DATABASE_URL, and run `migrate`.", file=sys.stderr)
        return UNAVAILABLE
    except KeyboardInterrupt:
        return 130


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


def _doctor(given: argparse.Namespace) -> int:
    from bot import doctor, settings

    return doctor.doctor(settings.load(), as_json=given.json)


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


def _key(given: argparse.Namespace) -> int:
    from bot import key_verbs, settings

    return key_verbs.VERBS[given.what](settings.load(), given)


def _token(given: argparse.Namespace) -> int:
    from bot import gate_verbs, settings

    return gate_verbs.TOKEN[given.what](settings.load(), given)


def _export(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.export(settings.load(), form=given.format, since=given.since, until=given.until, name=given.name)


def _pack(given: argparse.Namespace) -> int:
    from bot import pack_verbs, settings

    return pack_verbs.pack(settings.load(), given)


def _verify(given: argparse.Namespace) -> int:
    from bot import records, settings

    if given.pack is not None:
        return records.verify_pack(given.pack, keys=given.key, anchors=given.anchor)
    return records.verify_record(settings.load(), keys=given.key, anchors=given.anchor)


def _check(given: argparse.Namespace) -> int:
    from bot import records, settings

    return records.check(settings.load())


def _unexplained(given: argparse.Namespace) -> int:
    from bot import period_verbs, settings

    return period_verbs.unexplained(settings.load(), since=given.since, until=given.until)


def _register(given: argparse.Namespace) -> int:
    from bot import register_verbs, settings

    return register_verbs.VERBS[given.what](settings.load(), given)


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


def _outbox(given: argparse.Namespace) -> int:
    from bot import records, settings

    row, loaded = getattr(given, "id", None), settings.load()
    return records.outbox_retry(loaded, row) if row else records.outbox_list(loaded)


_VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "run": _run,
    "web": _web,
    "worker": _worker,
    "migrate": _migrate,
    "doctor": _doctor,
    "manifest": _manifest,
    "declare": _declare,
    "break-glass": _break_glass,
    "erase": _erase,
    "gate": _gate,
    "import deployments": _import_deployments,
    "key new": _key,
    "key show": _key,
    "key rotate": _key,
    "history accept": _key,
    "token new": _token,
    "token list": _token,
    "token revoke": _token,
    "export": _export,
    "pack": _pack,
    "verify": _verify,
    "check": _check,
    "unexplained": _unexplained,
    "register invite": _register,
    "register list": _register,
    "register end": _register,
    "register sessions": _register,
    "register sign-out": _register,
    "policy init": _policy_init,
    "policy check": _policy_check,
    "policy sop": _policy_sop,
    "policy explain": _policy_explain,
    "policy replay": _policy_replay,
    "outbox list": _outbox,
    "outbox retry": _outbox,
}

if __name__ == "__main__":
    sys.exit(main())
