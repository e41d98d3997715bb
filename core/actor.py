"""Who acts, and what that lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotAllowed, NotSignedIn
from core.language import Text


class Role(StrEnum):
    """What a member does here (역할)."""

    MEMBER = "member"  # 기관 사용자: acts for its organization
    REVIEWER = "reviewer"  # 심사자: decides filings of its programs
    OPERATOR = "operator"  # 운영자: everything of its programs, and accounts
    AUDITOR = "auditor"  # 감사자: reads all, changes nothing


STAFF = frozenset({Role.REVIEWER, Role.OPERATOR})
READ_ONLY = frozenset({Role.AUDITOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The member a request comes from. Without `member_id`: the public, or the system when `system` is set."""

    member_id: int | None = None
    organization_id: int | None = None
    role: Role | None = None
    main: bool = False
    permissions: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()  # what staff are in charge of; empty: every program
    must_change_password: bool = False
    token_id: int | None = None
    system: bool = False

    @property
    def signed_in(self) -> bool:
        return self.member_id is not None

    def is_staff(self, program: str, *roles: Role) -> bool:
        """Whether the actor works for this program, in one of these roles (any staff role when none is named)."""
        if self.system:
            return True
        return self.role in (roles or STAFF) and (not self.programs or program in self.programs)

    def acts_for(self, organization_id: int) -> bool:
        return self.role is Role.MEMBER and self.organization_id == organization_id

    def holds(self, permission: str) -> bool:
        """Whether a member of an organization may do this for it: main users may all, sub-users what is granted."""
        return self.main or permission in self.permissions

    def require_ready(self) -> None:
        """Signed in, with a password of their own choosing."""
        if self.system:
            return
        if not self.signed_in:
            raise NotSignedIn(NotSignedIn.text.en)
        if self.must_change_password:
            raise NotAllowed(
                Text(
                    "먼저 비밀번호를 변경해야 합니다.",
                    "Change your password first: nothing else is permitted until then.",
                )
            )

    def require_change(self) -> None:
        """Ready, and of a role that changes something."""
        self.require_ready()
        if self.role in READ_ONLY:
            raise NotAllowed(
                Text("감사자는 조회만 할 수 있습니다.", "An auditor reads everything and changes nothing.")
            )

    def require_staff(self, program: str, *roles: Role) -> None:
        self.require_ready()
        if not self.is_staff(program, *roles):
            raise NotAllowed(
                Text(
                    f"{program} 사업의 담당자만 할 수 있습니다.",
                    f"Only staff in charge of {program} may do this.",
                )
            )

    def require_role(self, *roles: Role) -> None:
        """In one of these roles, of whichever programs."""
        self.require_ready()
        if not self.system and self.role not in roles:
            raise NotAllowed(
                Text("이 일을 할 수 있는 역할이 아닙니다.", f"Only these roles may do this: {', '.join(roles)}.")
            )

    def require_operator(self) -> None:
        """An operator of every program: accounts and organizations belong to no single one."""
        self.require_ready()
        if not (self.system or (self.role is Role.OPERATOR and not self.programs)):
            raise NotAllowed(Text("운영자만 할 수 있습니다.", "Only an operator may do this."))

    def require_permission(self, organization_id: int, permission: str) -> None:
        """A member of that organization who holds the permission."""
        self.require_ready()
        if self.system:
            return
        if not self.acts_for(organization_id):
            raise NotAllowed(Text("소속 기관의 일만 할 수 있습니다.", "You may act for your own organization only."))
        if not self.holds(permission):
            raise NotAllowed(
                Text(
                    f"권한이 없습니다: {permission}. 기관의 주 사용자에게 요청하세요.",
                    f"The permission {permission} is missing. Your organization's main user can grant it.",
                )
            )


PUBLIC = Actor()
SYSTEM = Actor(system=True)
