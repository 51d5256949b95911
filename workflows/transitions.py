"""Which action takes a change from which status to which; what is not in the table is refused. Pure."""

from collections.abc import Mapping

from workflows.change import Action, Kind, Status

_E, _D, _F = Kind.EMERGENCY, Kind.DEPLOY, Kind.FINDING
_FOLLOW_UPS = (Action.MARK_DONE, Action.HAND_FOLLOW_UP)
_OWED = (Action.HAND_OVER, Action.TAKE_OVER, Action.SNOOZE)

# (kind, status, action) → the status afterwards when the action takes full effect (a quorum reached, nothing voided).
# What is not in this table is refused. DESIGN: one rejection is final; `Mark deployed` is recorded from any status.
TRANSITIONS: Mapping[tuple[Kind, Status, Action], Status] = {
    (_E, Status.DECLARED, Action.APPROVE): Status.APPROVED,
    (_E, Status.DECLARED, Action.REJECT): Status.REJECTED,
    (_E, Status.DECLARED, Action.TAKE_BACK): Status.DECLARED,
    (_E, Status.DECLARED, Action.PROCEED): Status.PROCEEDING,
    (_E, Status.DECLARED, Action.ADD_DETAILS): Status.DECLARED,
    (_E, Status.APPROVED, Action.TAKE_BACK): Status.DECLARED,
    (_E, Status.APPROVED, Action.ADD_DETAILS): Status.APPROVED,
    (_E, Status.PROCEEDING, Action.ADD_DETAILS): Status.PROCEEDING,
    (_E, Status.DEPLOYED, Action.ADD_DETAILS): Status.DEPLOYED,
    **{
        (_E, s, Action.MARK_DEPLOYED): Status.DEPLOYED
        for s in (
            Status.DECLARED,
            Status.APPROVED,
            Status.PROCEEDING,
            Status.REJECTED,
            Status.DEPLOYED,
            Status.REVIEWED,
            Status.WITHDRAWN,
        )
    },
    **{(_E, s, a): s for s in (Status.PROCEEDING, Status.DEPLOYED) for a in (Action.RATIFY, Action.OBJECT)},
    **{(_E, s, Action.WITHDRAW): Status.WITHDRAWN for s in (Status.DECLARED, Status.APPROVED, Status.PROCEEDING)},
    **{(_E, s, Action.NOT_NEEDED): Status.WITHDRAWN for s in (Status.APPROVED, Status.PROCEEDING)},
    **{(_E, s, Action.LATER): s for s in (Status.APPROVED, Status.PROCEEDING)},
    **{(_E, s, Action.EXTEND): s for s in (Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED)},
    **{(_E, s, Action.WRITE_REVIEW): Status.REVIEWED for s in (Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED)},
    **{(_E, s, a): s for s in (Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED) for a in _OWED},
    (_E, Status.REVIEWED, Action.AMEND_REVIEW): Status.REVIEWED,
    **{(_E, s, a): s for s in (Status.DEPLOYED, Status.REVIEWED) for a in _FOLLOW_UPS},
    **{(_E, s, Action.DECLARE_AGAIN): s for s in (Status.REJECTED, Status.DEPLOYED, Status.REVIEWED, Status.WITHDRAWN)},
    # A deploy. What voids an approval, an edit and `Ask again` among it, brings it back to requested.
    (_D, Status.REQUESTED, Action.APPROVE): Status.APPROVED,
    (_D, Status.REQUESTED, Action.REJECT): Status.REJECTED,
    **{(_D, s, Action.TAKE_BACK): Status.REQUESTED for s in (Status.REQUESTED, Status.APPROVED)},
    **{(_D, s, Action.EDIT): Status.REQUESTED for s in (Status.REQUESTED, Status.APPROVED, Status.REJECTED)},
    **{(_D, s, Action.ASK_AGAIN): Status.REQUESTED for s in (Status.REJECTED, Status.EXPIRED, Status.DEPLOYED)},
    **{(_D, s, Action.LIFT): s for s in (Status.REQUESTED, Status.APPROVED)},
    **{(_D, s, Action.WITHDRAW): Status.WITHDRAWN for s in (Status.REQUESTED, Status.APPROVED, Status.PROCEEDING)},
    **{
        (_D, s, Action.MAKE_EMERGENCY): s
        for s in (Status.REQUESTED, Status.APPROVED, Status.REJECTED, Status.EXPIRED, Status.DEPLOYED)
    },
    **{
        (_D, s, Action.MARK_DEPLOYED): Status.DEPLOYED
        for s in (
            Status.REQUESTED,
            Status.APPROVED,
            Status.PROCEEDING,
            Status.REJECTED,
            Status.EXPIRED,
            Status.SUPERSEDED,
            Status.WITHDRAWN,
            Status.DEPLOYED,
        )
    },
    # A finding: what went around the gate is explained in a review, and never approved.
    (_F, Status.FOUND, Action.WRITE_REVIEW): Status.REVIEWED,
    **{(_F, Status.FOUND, a): Status.FOUND for a in _OWED},
    (_F, Status.REVIEWED, Action.AMEND_REVIEW): Status.REVIEWED,
    **{(_F, Status.REVIEWED, a): Status.REVIEWED for a in _FOLLOW_UPS},
}

# What a change is while nobody has decided it.
WAITING: Mapping[Kind, Status] = {_E: Status.DECLARED, _D: Status.REQUESTED, _F: Status.FOUND}
