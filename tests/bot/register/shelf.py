"""A record with a bit of everything, for the pages of the register: made once, looked at by many tests."""

from datetime import timedelta

from tests.bot.register.doorway import Browser, Doorway
from tests.workflows.desk import Desk
from workflows import erasing, policies
from workflows.case import Case, Done


class Shelf:
    """Three emergencies (one with a removed text, one confidential, one without approval) and a drill."""

    def __init__(self, doors: Doorway) -> None:
        self.doors = doors
        self.desk = desk = Desk(doors.parts.database)
        desk.now = doors.clock.now() - timedelta(days=3)
        with desk.database.write() as tx:
            policies.take(tx, doors.parts.policy.rules, actor=None, now=desk.now)
        self.approved = desk.declare(broken="checkout 500s =1+1 <script>alert(1)</script>\nsince the deploy")
        desk.approve("cto")
        self.removed = self._removed()
        self.secret = desk.declare(broken="breach of the vault\nkeys leaked", confidential=True)
        self.drill = desk.declare(drill=True, broken="practice\nonly")

    def _removed(self) -> Case:
        case = self.desk.declare(broken="the title stays\nhunter2 was pasted here")
        done = self.desk.do("lead", erasing.erase, case.id, kind="password", field="broken")
        assert isinstance(done, Done)
        return done.case

    def reader(self) -> Browser:
        """A browser of somebody with the role of reader."""
        return self._in("UDEV")

    def auditor(self) -> Browser:
        """A browser of somebody with the role of auditor."""
        browser = self.doors.browser()
        _, token = self.doors.invite()
        assert browser.invited(token).status_code == 303
        return browser

    def _in(self, user: str) -> Browser:
        browser = self.doors.browser()
        assert browser.sign_in(user).status_code == 303
        return browser
