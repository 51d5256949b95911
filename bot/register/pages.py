"""Every page of the register: where it is, what a view of it is called in the record, and who may see it."""

from bot.register.pages_change import change
from bot.register.pages_changes import changes, emergencies, findings
from bot.register.pages_completeness import completeness
from bot.register.pages_export import download, export
from bot.register.pages_overview import overview
from bot.register.pages_policy import policy, policy_text
from bot.register.pages_sample import change_pack, sample, sample_pack
from bot.register.pages_sessions import sessions
from bot.register.visitors import Page
from workflows.admission import Role

PAGES: tuple[Page, ...] = (
    Page("/", "overview", overview),
    Page("/changes", "changes", changes),
    Page("/changes/{key}", "change", change),
    Page("/changes/{key}/pack", "pack", change_pack, Role.AUDITOR, taken=True),
    Page("/emergencies", "emergencies", emergencies),
    Page("/findings", "findings", findings),
    Page("/sample", "sample", sample),
    Page("/sample/pack", "sample-pack", sample_pack, Role.AUDITOR, taken=True),
    Page("/completeness", "completeness", completeness),
    Page("/policy", "policy", policy),
    Page("/policy/{digest}", "policy-text", policy_text),
    Page("/export", "export-form", export),
    Page("/export/{form}", "export", download, taken=True),
    Page("/sessions", "sessions", sessions, methods=("GET", "POST")),
)
