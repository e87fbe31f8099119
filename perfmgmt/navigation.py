"""What surrounds every page: navigation by role, the bureau and its quarter, the bell.

An entry appears when the person may open it; the page itself checks again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from common.tenancy import across
from indicators.queries import working_quarter
from notifications.queries import unread_by
from organization.models import Bureau, Employee, Role
from perfmgmt.demo import PASSWORD, DemoLogin, demo_logins
from perfmgmt.queries import standing

Kind = Role.Kind
EVERYBODY: frozenset[str] = frozenset()
EVERYWHERE: frozenset[str] = frozenset()
ABOVE_OTHERS = frozenset(set(Bureau.Level.values) - {Bureau.Level.COUNTY})
"""Levels of bureaus that usually have others below them."""
LEADERS = frozenset({Kind.DEPUTY_DIRECTOR, Kind.DIRECTOR, Kind.OFFICE, Kind.DISCIPLINE})
CHIEFS = LEADERS | {Kind.DEPARTMENT_HEAD}
OFFICE = frozenset({Kind.OFFICE})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. `roles` empty: for everybody; `levels` empty: in every bureau.

    `short` stands under the icon on phones.
    """

    label: str | Promise
    short: str | Promise
    icon: str
    page: str
    roles: frozenset[str] = EVERYBODY
    levels: frozenset[str] = EVERYWHERE

    def is_for(self, roles: frozenset[str], level: str) -> bool:
        """Whether somebody with these roles in a bureau of this level sees it."""
        fits = not self.levels or level in self.levels
        return fits and (not self.roles or not self.roles.isdisjoint(roles))


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the template needs it: resolved, and knowing whether it is the page shown."""

    label: str | Promise
    short: str | Promise
    icon: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    label: str | Promise
    entries: Sequence[Line]


@dataclass(frozen=True, slots=True)
class QuarterShown:
    """The quarter that the bureau works in."""

    label: str
    state: str
    state_label: str


NAVIGATION: Sequence[tuple[str | Promise, Sequence[Entry]]] = (
    (
        "",
        (
            Entry(_("我的工作台"), _("工作台"), "home", "home"),
            Entry(_("待办"), _("待办"), "list-check", "reports:todo"),
            Entry(_("我的得分"), _("得分"), "chart-bar", "reports:mine"),
            Entry(_("绩效档案"), _("档案"), "user", "reports:file-own"),
            Entry(_("台账"), _("台账"), "file-spreadsheet", "reports:ledger"),
            Entry(_("我的指标"), _("指标"), "target", "indicators:mine"),
            Entry(_("领取"), _("领取"), "clipboard-plus", "indicators:take"),
            Entry(_("任务市场"), _("任务"), "flag", "tasks_market:board"),
            Entry(_("我的任务"), _("我的任务"), "clipboard-list", "tasks_market:mine"),
            Entry(_("三晒"), _("三晒"), "presentation", "reviews:showings"),
            Entry(_("谈心谈话"), _("谈话"), "messages", "reviews:talks"),
        ),
    ),
    (
        _("考评"),
        (
            Entry(_("填报"), _("填报"), "pencil", "indicators:grid", OFFICE | {Kind.LIAISON, Kind.DEPARTMENT_HEAD}),
            Entry(_("领取情况"), _("领取"), "list-check", "indicators:items"),
            Entry(_("岗位任务量"), _("岗位"), "briefcase", "indicators:post_loads", CHIEFS),
            Entry(_("名单确认"), _("名单"), "user-check", "indicators:rosters", CHIEFS),
            Entry(
                _("初审与确认"),
                _("考评"),
                "checks",
                "indicators:assess",
                OFFICE | {Kind.DEPARTMENT_HEAD, Kind.LIAISON, Kind.DEPUTY_DIRECTOR, Kind.DIRECTOR},
            ),
            Entry(_("考评结果"), _("结果"), "clipboard-check", "indicators:results"),
            Entry(_("加减分"), _("加减分"), "scale", "scoring:adjustments"),
            Entry(
                _("草拟与亮单"),
                _("亮单"),
                "file-text",
                "tasks_market:drafts",
                OFFICE | {Kind.DEPARTMENT_HEAD, Kind.LIAISON},
            ),
            Entry(_("派单"), _("派单"), "users-group", "tasks_market:assign", OFFICE | {Kind.DEPUTY_DIRECTOR}),
            Entry(_("市场数据"), _("市场"), "report-analytics", "tasks_market:figures"),
            Entry(_("排行榜"), _("排行"), "trophy", "reports:ranking"),
            Entry(_("绩效通报"), _("通报"), "file-text", "reports:bulletins"),
            Entry(_("五星"), _("五星"), "star", "awards:stars"),
            Entry(_("荣誉墙"), _("荣誉墙"), "medal", "awards:wall"),
            Entry(_("结果运用"), _("运用"), "clipboard-list", "awards:uses", CHIEFS),
            Entry(_("申诉"), _("申诉"), "message-report", "scoring:appeals"),
            Entry(_("讲评会"), _("讲评"), "report-analytics", "reviews:meetings", CHIEFS | {Kind.LIAISON}),
            Entry(_("预警"), _("预警"), "alert-triangle", "supervision:warnings"),
            Entry(_("督查督办"), _("督办"), "clipboard-list", "supervision:letters"),
            Entry(
                _("平衡分雷达"),
                _("平衡分"),
                "radar-2",
                "reports:levelling",
                OFFICE | {Kind.DIRECTOR, Kind.DISCIPLINE},
            ),
            Entry(_("驾驶舱"), _("驾驶舱"), "layout-dashboard", "reports:dashboard", LEADERS),
            Entry(
                _("下级单位"),
                _("下级"),
                "sitemap",
                "reports:upward",
                OFFICE | {Kind.DIRECTOR, Kind.DISCIPLINE},
                ABOVE_OTHERS,
            ),
        ),
    ),
    (
        _("绩效办"),
        (
            Entry(_("季度"), _("季度"), "calendar-stats", "scoring:quarters", OFFICE | {Kind.DIRECTOR}),
            Entry(
                _("部门得分"),
                _("部门分"),
                "building-bank",
                "scoring:department-scores",
                OFFICE | {Kind.DIRECTOR, Kind.DISCIPLINE},
            ),
            Entry(_("指标库"), _("指标库"), "books", "indicators:points"),
            Entry(_("机考数据"), _("机考"), "refresh", "indicators:machine", OFFICE),
            Entry(_("考评方案"), _("方案"), "adjustments", "indicators:scheme", OFFICE | {Kind.DIRECTOR}),
            Entry(_("方案模拟"), _("模拟"), "git-compare", "scoring:whatif", OFFICE | {Kind.DIRECTOR}),
            Entry(_("导入"), _("导入"), "file-import", "exchange:imports", OFFICE),
            Entry(_("导出"), _("导出"), "download", "exchange:exports", OFFICE),
        ),
    ),
    (
        _("系统"),
        (
            Entry(_("人员"), _("人员"), "users", "organization:people"),
            Entry(_("机构"), _("机构"), "sitemap", "organization:bureau"),
            Entry(_("审计日志"), _("审计"), "shield-lock", "audit:entries", OFFICE | {Kind.DISCIPLINE}),
            Entry(_("外发记录"), _("外发"), "mail", "notifications:deliveries", frozenset({Kind.SYSTEM_ADMIN})),
            Entry(_("作业"), _("作业"), "clock", "jobs:list", OFFICE | {Kind.DISCIPLINE, Kind.SYSTEM_ADMIN}),
            Entry(_("系统设置"), _("设置"), "settings", "organization:settings", frozenset({Kind.SYSTEM_ADMIN})),
        ),
    ),
)
ON_PHONES = ("home", "reports:mine", "reports:ranking", "tasks_market:board", "indicators:points")
PHONE_PLACES = 4


@cache
def page_url(name: str) -> str:
    """The address of a page; a page that is shown asks for a hundred of them."""
    return reverse(name)


def _line(entry: Entry, shown: str) -> Line:
    url = page_url(entry.page)
    return Line(entry.label, entry.short, entry.icon, url, url == shown)


def _groups(pages: Collection[str], shown: str) -> list[Group]:
    groups = [
        Group(label, [_line(entry, shown) for entry in entries if entry.page in pages]) for label, entries in NAVIGATION
    ]
    return [group for group in groups if group.entries]


@lru_cache(maxsize=512)  # some 8 KB each
def _navigation(pages: tuple[str, ...], shown: str, _language: str) -> SafeString:
    return render_to_string("components/_navigation.html", {"groups": _groups(pages, shown)})


def _on_phones(pages: Collection[str], shown: str) -> list[Line]:
    known = {entry.page: entry for _label, entries in NAVIGATION for entry in entries}
    return [_line(known[page], shown) for page in ON_PHONES if page in pages][:PHONE_PLACES]


@lru_cache(maxsize=512)
def _bottombar(pages: tuple[str, ...], shown: str, _language: str) -> SafeString:
    return render_to_string("components/_bottombar.html", {"entries": _on_phones(pages, shown)})


class Shell:
    """The frame around a page. What costs a query is asked only when the template shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        user = getattr(request, "user", None)
        self.user: Employee | None = user if isinstance(user, Employee) else None

    home_url = property(lambda self: page_url("home"))
    bell_url = property(lambda self: page_url("notifications:bell") if self.user else "")
    todo_url = property(lambda self: page_url("reports:todo") if self.user else "")
    inbox_url = property(lambda self: page_url("notifications:inbox"))
    password_url = property(lambda self: page_url("organization:password"))
    logout_url = property(lambda self: page_url("organization:logout"))

    @cached_property
    def _entries(self) -> list[Entry]:
        if self.user is None or self.user.must_change_password:
            return []
        roles, level = self.user.roles, self.user.bureau.level
        return [entry for _label, entries in NAVIGATION for entry in entries if entry.is_for(roles, level)]

    @cached_property
    def _shown(self) -> str:
        """The entry of the page that is shown: the longest address that fits."""
        path, urls = self.request.path, [page_url(entry.page) for entry in self._entries]
        fitting = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
        return max(fitting, key=len, default="")

    @cached_property
    def _pages(self) -> tuple[str, ...]:
        return tuple(entry.page for entry in self._entries)

    @cached_property
    def groups(self) -> list[Group]:
        return _groups(self._pages, self._shown)

    @property
    def navigation(self) -> SafeString:
        """The groups as they stand in the page: half a hundred lines, the same for all people of the same roles."""
        return _navigation(self._pages, self._shown, get_language())

    @property
    def bottom(self) -> list[Line]:
        """The few entries that a thumb reaches on a phone."""
        return _on_phones(self._pages, self._shown)

    @property
    def bottombar(self) -> SafeString:
        """The same as they stand in the page."""
        return _bottombar(self._pages, self._shown, get_language())

    @cached_property
    def bureau(self) -> str:
        return self.user.bureau.name if self.user else ""

    @cached_property
    def position(self) -> str:
        """Department and roles of the person, as the menu says them."""
        if self.user is None:
            return ""
        labels = [str(label) for kind, label in Kind.choices if kind in self.user.roles]
        return " · ".join([self.user.department.name, *labels])

    @cached_property
    def quarter(self) -> QuarterShown | None:
        """The quarter that people work in."""
        if self.user is None:
            return None
        quarter = getattr(self.request, "working_quarter", None) or working_quarter(self.user.bureau)
        if quarter is None:
            return None
        return QuarterShown(quarter_label(quarter.code), quarter.state, quarter.get_state_display())

    @property
    def jobs_finding(self) -> str:
        """How the jobs stand, in one sentence."""
        return standing(timezone.now()).finding

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever imported, so that nobody can sign in."""
        with across():
            return not Bureau.objects.exists()

    @cached_property
    def demo_logins(self) -> list[DemoLogin]:
        """The ways into the demonstration, for the sign-in page; [] where they would be refused."""
        return demo_logins() if settings.DEBUG else []

    demo_password = PASSWORD

    @cached_property
    def unread(self) -> int:
        return unread_by(self.user) if self.user else 0


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}
