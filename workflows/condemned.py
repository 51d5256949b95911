"""Whether a review said no, and whether what it left is put right. Pure."""

from workflows.case import Case, Review
from workflows.change import Judgement


def reviews(case: Case) -> tuple[Review, ...]:
    """Every review of the change, oldest first."""
    return tuple(one for one in (*case.earlier_reviews, case.review) if one is not None)


def condemned(case: Case) -> bool:
    """Whether a review said that the change was not appropriate: that has to be put right."""
    return any(one.judgement is Judgement.NO for one in reviews(case))


def unmended(case: Case) -> bool:
    """Whether a remediation is to be followed and not done. Where no Jira ever had this change, none is pretended."""
    linked = case.remediation is not None or case.issue is not None
    return linked and condemned(case) and not (case.remediation is not None and case.remediation.done)
