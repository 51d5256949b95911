"""Is this every change? Our records beside what GitHub deployed and what came onto protected branches, day by day.

Of a long period week by week; each week leads to its days.
"""

from starlette.responses import Response

from bot.register.asking import asked
from bot.register.visitors import Visit
from workflows import periods, register_days
from workflows.completeness import unread


def completeness(visit: Visit) -> Response:
    """The three columns, what is unexplained, and where nobody looked."""
    rules, now = visit.desk.policy.rules, visit.desk.clock.now()
    with visit.desk.db.read() as tx:
        question = asked(visit, tx)
        since, until = question.period.since, min(question.period.until, now)
        found = periods.unexplained(tx, since, until, rules)
        days = register_days.days(tx, since, until, rules.zone)
    visit.saw.update(question.period.told)
    return visit.draw(
        "completeness.html",
        here="Completeness",
        period=question.period.words,
        asked=question,
        found=found,
        days=days,
        weeks=any(one.day != one.last for one in days),
        deployments=sum(one.deployments for one in days),
        matched=sum(one.matched for one in days),
        reading=[
            (
                source,
                [one for one in found.asked if one.source == source],
                [one for one in found.read if one.source == source],
            )
            for source in sorted(found.sources)
        ],
        unread=unread(found.gaps),
        sources=sorted({gap.source for gap in found.gaps}),
    )
