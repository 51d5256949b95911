"""Which field of a record answers which control. Pure; not legal advice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """`asks` in short; `fields`: of the export record; `parts`: of a pack."""

    framework: str
    reference: str
    asks: str
    fields: tuple[str, ...]
    parts: str = ""


CONTROLS: tuple[Control, ...] = (
    Control("SOC 2", "CC8.1 authorises changes", "authorised before they are made",
            ("approvals", "decision", "decided_at", "policy"), "matrix: signed off"),
    Control("SOC 2", "CC8.1 designs and develops", "developed under control",
            ("deploy.sampled.reviewed-pull-request", "parties"), "matrix: reviewed"),
    Control("SOC 2", "CC8.1 documents changes", "description, justification, systems, risk, tests, way back",
            ("title", "justification", "plan", "systems", "environment", "risk", "tests", "rollback"),
            "matrix: documented"),
    Control("SOC 2", "CC8.1 tracks changes", "every change is numbered and followed to its end",
            ("key", "status", "events", "links"), "population, numbering"),
    Control("SOC 2", "CC8.1 configures software", "settings of the control over the period",
            ("policy", "deploy.conditions"), "configuration"),
    Control("SOC 2", "CC8.1 tests changes", "tested before they are made",
            ("tests", "deploy.sampled.checks-pass", "deploy.sampled.staging-first"), "matrix: tests, staging"),
    Control("SOC 2", "CC8.1 approves changes", "approved before implementation",
            ("approved_before_deploy", "approvals", "deploy.let_through"), "matrix: signed off"),
    Control("SOC 2", "CC8.1 deploys changes", "implemented as approved",
            ("deployments", "deploy.sha", "deploy.let_through"), "population, unexplained"),
    Control("SOC 2", "CC8.1 identifies changes after incidents", "what has to be mended is followed up",
            ("review.follow_ups", "remediation"), "emergencies"),
    Control("SOC 2", "CC8.1 provides for emergencies", "designated approvers, recorded at once, reviewed in time",
            ("declared_at", "decision", "review", "hours_to_review", "on_time"), "emergencies"),
    Control("SOC 2", "CC8.1 manages patches", "patched in time", ("patch",), "exceptions: patch-…"),
    Control("ISO/IEC 27001:2022", "A.8.32", "impact, authorisation, tests, communication, records; emergencies signed"
            " off afterwards", ("risk", "approvals", "tests", "events", "review"), "matrix"),
    Control("ISO/IEC 27001:2022", "A.8.8", "vulnerabilities are managed with deadlines", ("patch",), "exceptions"),
    Control("HIPAA", "§164.308(a)(5)(ii)(B)", "no unauthorised software gets deployed",
            ("approvals", "deployments", "finding"), "unexplained"),
    Control("PCI DSS", "6.3–6.5", "vulnerabilities addressed, environments apart, code reviewed",
            ("patch", "environment", "deploy.sampled.staging-first", "deploy.sampled.reviewed-pull-request", "parties"),
            "matrix"),
    Control("NIS2", "Art. 21(2)(e)", "security in acquisition, development and maintenance",
            ("patch", "approvals", "deploy.conditions"), "matrix"),
)  # fmt: skip
