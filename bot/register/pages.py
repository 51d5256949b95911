"""Every page of the register: where it is, what a view of it is called in the record, and who may see it."""

from bot.register.pages_overview import overview
from bot.register.visitors import Page

PAGES: tuple[Page, ...] = (Page("/", "overview", overview),)
