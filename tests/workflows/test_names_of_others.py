"""Names that somebody at GitHub chose never become a mention or a link in the record (promise 15)."""

from workflows.reading import Branch, Check, CheckState, Environment, Reading, Staged, tamed
from workflows.reading_json import to_json

SLY = "<!channel> <https://evil.example|ok>"


def test_no_name_of_others_holds_a_mention_or_a_link() -> None:
    reading = Reading(
        repository="acme/payments",
        environment="production",
        ref="main",
        sha="a" * 40,
        head="a" * 40,
        paths=(SLY,),
        checks=(Check(SLY, CheckState.PASSED),),
        staging=(Staged(SLY, "success"),),
        branch=Branch(SLY, protected=True, checks=(SLY,)),
        target=Environment(SLY),
    )

    assert "<" in str(to_json(reading))
    assert "<" not in str(to_json(tamed(reading)))
