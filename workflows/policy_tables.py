"""The tables of policy.toml as pydantic models: shapes only; `policy_checks` compares them."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from workflows import policy_times
from workflows import policy_values as values
from workflows.audit_tables import AuditTable, RetentionTable
from workflows.register_table import RegisterTable
from workflows.ruleset import QuietHours

Phrase = Annotated[str, BeforeValidator(values.phrase)]
Name = Annotated[str, BeforeValidator(values.name)]
PersonName = Annotated[str, BeforeValidator(values.person)]
Usergroup = Annotated[str, BeforeValidator(values.usergroup)]
Channel = Annotated[str, BeforeValidator(values.channel)]
Zone = Annotated[str, BeforeValidator(values.zone)]
Duration = Annotated[timedelta, BeforeValidator(policy_times.duration)]
Offset = Annotated[timedelta, BeforeValidator(policy_times.offset)]
ReadingAge = Annotated[timedelta, BeforeValidator(policy_times.reading_age)]
Night = Annotated[QuietHours | None, BeforeValidator(policy_times.quiet_hours)]
Pace = Annotated[timedelta | None, BeforeValidator(policy_times.then_every)]
Weekly = Annotated[str, BeforeValidator(policy_times.weekly)]
MomentGiven = Annotated[datetime, BeforeValidator(policy_times.moment)]
RiskName = Annotated[str, BeforeValidator(values.risk)]
TypeName = Annotated[str, BeforeValidator(values.change_type)]
Condition = Annotated[str, BeforeValidator(values.condition)]
Deployer = Annotated[str, BeforeValidator(values.deployer)]
Pattern = Annotated[str, BeforeValidator(values.pattern)]
Repository = Annotated[str, BeforeValidator(values.repository)]
Login = Annotated[str, BeforeValidator(values.login)]
Enterprise = Annotated[str, BeforeValidator(values.enterprise)]
Label = Annotated[str, BeforeValidator(values.label)]
JiraSource = Annotated[str, BeforeValidator(values.jira_source)]
PagerdutyId = Annotated[str, BeforeValidator(values.pagerduty_id)]

_STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)

Names = Annotated[list[Name], Field(min_length=1)]


class WorkspaceTable(BaseModel):
    model_config = _STRICT
    zone: Zone
    standing_max_age: ReadingAge | None = None
    enterprise: Enterprise | None = None


class ChannelsTable(BaseModel):
    model_config = _STRICT
    incidents: Channel
    deploys: Channel | None = None
    escalations: Channel | None = None
    review: Channel | None = None


class GroupTable(BaseModel):
    model_config = _STRICT
    users: list[PersonName] = []
    usergroup: Usergroup | None = None
    pagerduty_schedules: list[PagerdutyId] = []
    pagerduty_policies: list[PagerdutyId] = []
    pagerduty_services: list[PagerdutyId] = []
    max_level: Annotated[int, Field(ge=1, le=20)] = 1
    notify: bool = True
    contact: Phrase | None = None


class PersonTable(BaseModel):
    model_config = _STRICT
    github: Login


class SystemTable(BaseModel):
    model_config = _STRICT
    repositories: list[Repository] = []
    sensitive: bool = False


class NeedTable(BaseModel):
    model_config = _STRICT
    group: Name
    count: Annotated[int, Field(ge=1, le=50)] = 1


Approvers = Annotated[list[NeedTable], Field(min_length=1)]


class ReviewTable(BaseModel):
    model_config = _STRICT
    due: Duration | None = None
    deadline: Duration | None = None
    remind: list[Offset] | None = None
    then_every: Pace = None
    escalate_to: Name | None = None


class EmergencyRuleTable(BaseModel):
    model_config = _STRICT
    systems: Names | None = None
    environments: Names | None = None
    risks: Annotated[list[RiskName], Field(min_length=1)] | None = None
    types: Annotated[list[TypeName], Field(min_length=1)] | None = None
    approvers: Approvers | None = None
    fallback: list[Name] | None = None
    reviewers: Names | None = None
    nudge: Duration | None = None
    widen: Duration | None = None
    window: Duration | None = None
    review: ReviewTable | None = None
    quiet_hours: Night = None


class EmergencyTable(BaseModel):
    model_config = _STRICT
    approvers: Approvers
    fallback: list[Name] | None = None
    reviewers: Names | None = None
    nudge: Duration | None = None
    widen: Duration | None = None
    window: Duration | None = None
    review: ReviewTable | None = None
    quiet_hours: Night = None
    rule: list[EmergencyRuleTable] = []


class DeployTable(BaseModel):
    model_config = _STRICT
    approvers: Approvers
    environments: Names | None = None
    repositories: Annotated[list[Repository], Field(min_length=1)] | None = None
    systems: Names | None = None
    risks: Annotated[list[RiskName], Field(min_length=1)] | None = None
    types: Annotated[list[TypeName], Field(min_length=1)] | None = None
    paths: Annotated[list[Pattern], Field(min_length=1)] | None = None
    sensitive: bool | None = None
    valid_for: Duration | None = None
    rollback_within: Duration | None = None
    require: list[Condition] = []
    deployers: Annotated[list[Deployer], Field(min_length=1)] | None = None
    fallback: list[Name] = []


class FreezeTable(BaseModel):
    model_config = _STRICT
    reason: Phrase
    environments: Names | None = None
    every: Weekly | None = None
    since: Annotated[MomentGiven | None, Field(alias="from")] = None
    until: MomentGiven | None = None
    override: Name | None = None


class PatchesTable(BaseModel):
    model_config = _STRICT
    critical: Duration | None = None
    high: Duration | None = None
    medium: Duration | None = None
    low: Duration | None = None
    escalate_to: Name | None = None


class PagerDutyTable(BaseModel):
    model_config = _STRICT
    service: PagerdutyId | None = None


class JiraTable(BaseModel):
    model_config = _STRICT
    issue_type: Phrase | None = None
    follow_up_type: Phrase | None = None
    remediation_type: Phrase | None = None
    labels: list[Label] = []
    components: list[Phrase] = []
    fields: dict[Phrase, JiraSource] = {}
    create: bool = True


class PolicyTables(BaseModel):
    """The whole file."""

    model_config = _STRICT
    version: Annotated[int, Field(ge=1)]
    workspace: WorkspaceTable
    channels: ChannelsTable
    groups: Annotated[dict[Name, GroupTable], Field(min_length=1)]
    people: dict[PersonName, PersonTable] = {}
    systems: dict[Name, SystemTable] = {}
    emergency: EmergencyTable
    deploy: list[DeployTable] = []
    freeze: list[FreezeTable] = []
    patches: PatchesTable | None = None
    pagerduty: PagerDutyTable | None = None
    jira: JiraTable | None = None
    audit: AuditTable | None = None
    retention: RetentionTable | None = None
    admitted: Annotated[RegisterTable | None, Field(alias="register")] = None  # `register` is pydantic's own
