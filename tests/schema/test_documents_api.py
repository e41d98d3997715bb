"""Documents over the API: announced, sent by PUT, attached, submitted, and read by whoever may, whole or in part."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from core.actor import Role
from core.house import House
from schema.http.documents import byte_range
from tests.hooks.world import DECIDE, DRAFT, SUBMIT
from tests.support.api import Account, asks, company, staff, sub_user
from tests.support.client import Client, asking
from tests.support.clock import SetClock
from tests.support.files import FIVE_YEARS, deeds, jpg, pdf
from tests.support.plugins import declaring, plugged

REQUEST = """mutation ($input: RequestUploadInput!) {
  requestUpload(input: $input) { upload { path token fileName expiresAt } errors { code path message } }
}"""
ATTACH = """mutation ($input: AttachDocumentInput!) {
  attachDocument(input: $input) {
    attachment { id fileName fileType size sha256 requirement line submittedOn downloadPath attachedBy { loginId } }
    filing { attachments { totalCount } } errors { code path message source { clause } }
  }
}"""
DETACH = "mutation ($id: ID!) { detachDocument(input: {id: $id}) { attachment { withdrawnAt } errors { code } } }"
DOCUMENTS = """{ filings { nodes { status attachments(orderBy: [{field: ID}]) {
  totalCount nodes { requirement line submittedOn retainedUntil withdrawnAt filing { status } organization { name } }
} } } }"""
REQUIREMENTS = """{ program(code: "deeds") { activityTypes { requirements {
  code required least most perRow types maxBytes keptYears name { ko } source { clause }
} } } }"""
NAME = "2026년 계획서 (최종) '수정'.pdf"
PDF = pdf("계획" * 50_000)


@dataclass
class Office:
    """Everybody who may want to look, and one filing of one company."""

    public: Client
    http: httpx.AsyncClient
    house: House
    main: Account
    filing: str

    @property
    def filer(self) -> Client:
        return asks(self.http, self.main)

    async def announced(
        self, content: bytes, name: str = NAME, who: Client | None = None, **more: Any
    ) -> dict[str, Any]:
        asked = {"fileName": name, "size": len(content)} | more
        found: dict[str, Any] = (await (who or self.filer).change(REQUEST, input=asked))["upload"]
        return found

    async def put(self, path: str, content: Any, **headers: str) -> httpx.Response:
        return await self.http.put(path, content=content, headers={"accept-language": "en"} | headers)

    async def attached(self, content: bytes = PDF, name: str = NAME, **more: Any) -> dict[str, Any]:
        address = await self.announced(content, name)
        assert (await self.put(address["path"], content)).status_code == 201
        given = {"filingId": self.filing, "token": address["token"]} | more
        found: dict[str, Any] = (await self.filer.change(ATTACH, input=given))["attachment"]
        return found

    async def get(self, path: str, who: Account | None = None, method: str = "GET", **headers: str) -> httpx.Response:
        signed = {"authorization": f"Bearer {who.token}"} if who else {}
        return await self.http.request(method, path, headers=signed | headers)


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    ours = replace(house, plugins=plugged(deeds=declaring(deeds(retention=FIVE_YEARS))))
    main = await company(ours, "hanbit")
    async with asking(ours) as public:
        rows = [{"facts": {"deed": {"doneOn": "2026-02-02", "worth": 1}}}]
        filing = (await asks(public.http, main).change(DRAFT, rows=rows))["filing"]["id"]
        yield Office(public, public.http, ours, main, filing)


async def test_a_file_goes_the_whole_way(office: Office) -> None:
    address = await office.announced(PDF, sha256=hashlib.sha256(PDF).hexdigest())
    assert address["fileName"] == NAME
    assert address["expiresAt"].startswith("2026-03-02T09:15")
    sent = await office.put(address["path"], PDF)
    assert (sent.status_code, sent.json()) == (
        201,
        {
            "fileName": NAME,
            "fileType": "PDF",
            "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
            "errors": [],
        },
    )
    given = {"filingId": office.filing, "token": address["token"], "requirement": "plan"}
    made = await office.filer.change(ATTACH, input=given)
    found = made["attachment"]
    assert found | {"id": None, "downloadPath": None} == {
        "id": None, "fileName": NAME, "fileType": "PDF", "size": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest(),
        "requirement": "plan", "line": None, "submittedOn": None, "downloadPath": None,
        "attachedBy": {"loginId": "hanbit"},
    }  # fmt: skip
    assert made["filing"] == {"attachments": {"totalCount": 1}}
    await office.attached(jpg(), "영수증.jpg", requirement="receipt", line=1)
    await office.filer.change(SUBMIT, id=office.filing)
    (filing,) = (await office.filer.ask(DOCUMENTS))["filings"]["nodes"]
    assert [each["retainedUntil"] for each in filing["attachments"]["nodes"]] == ["2031-12-31"] * 2
    assert filing["attachments"]["nodes"][0]["organization"] == {"name": "한빛조명"}
    read = await office.get(found["downloadPath"], office.main)
    assert (read.status_code, read.content) == (200, PDF)


async def test_the_declaration_says_what_is_required(office: Office) -> None:
    (kind,) = (await office.public.ask(REQUIREMENTS))["program"]["activityTypes"]
    assert kind["requirements"][:2] == [
        {"code": "plan", "required": True, "least": 1, "most": 2, "perRow": False, "types": ["PDF", "HWP"],
         "maxBytes": None, "keptYears": 5, "name": {"ko": "계획서"}, "source": {"clause": "제7조 (증빙)"}},
        {"code": "receipt", "required": True, "least": 1, "most": 20, "perRow": True, "types": ["PDF", "JPG"],
         "maxBytes": 20_000, "keptYears": 5, "name": {"ko": "영수증"}, "source": {"clause": "제7조 (증빙)"}},
    ]  # fmt: skip
    assert [each["required"] for each in kind["requirements"]] == [True, True, False]


async def test_what_is_missing_is_an_error_with_its_clause(office: Office) -> None:
    submit = "mutation ($id: ID!) { submitFiling(input: {id: $id}) { errors { code path source { clause } } } }"
    assert await office.filer.objections(submit, id=office.filing) == [
        {"code": "DOCUMENT_MISSING", "path": ["documents", "plan"], "source": {"clause": "제7조 (증빙)"}},
        {
            "code": "DOCUMENT_MISSING",
            "path": ["rows", "0", "documents", "receipt"],
            "source": {"clause": "제7조 (증빙)"},
        },
    ]


async def test_a_file_for_a_requirement_obeys_it_from_the_beginning(office: Office) -> None:
    meant = {"program": "deeds", "activityType": "deed", "code": "receipt"}
    for asked, code in (
        ({"fileName": "a.hwp", "size": 5}, "DOCUMENT_TYPE"),
        ({"fileName": "a.pdf", "size": 20_001}, "DOCUMENT_TOO_LARGE"),
        ({"fileName": "a.pdf", "size": 5, "requirement": {"code": "other"}}, "DOCUMENT_REQUIREMENT_UNKNOWN"),
    ):
        given = asked | {"requirement": meant | asked.get("requirement", {})}  # type: ignore[operator]
        assert [each["code"] for each in await office.filer.objections(REQUEST, input=given)] == [code]


async def test_a_requirement_may_take_more_than_the_server_does_in_general(office: Office) -> None:
    small = replace(office.house, settings=office.house.settings.model_copy(update={"max_file_bytes": 1_000}))
    async with asking(small) as public:
        filer, given = asks(public.http, office.main), {"fileName": "a.pdf", "size": 20_000}
        assert [each["code"] for each in await filer.objections(REQUEST, input=given)] == ["DOCUMENT_TOO_LARGE"]
        meant = {"requirement": {"program": "deeds", "activityType": "deed", "code": "receipt"}}
        await filer.change(REQUEST, input=given | meant)


async def test_what_is_wrong_with_a_file_is_said_in_the_senders_language(office: Office) -> None:
    address = await office.announced(b"MZ" + bytes(60), "계획서.pdf")
    for language, words in (("en", "The content is not what the name says"), ("ko", "파일의 내용이")):
        answer = await office.put(address["path"], b"MZ" + bytes(60), **{"accept-language": language})
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["code"], error["path"]) == ("DOCUMENT_NOT_ITS_TYPE", ["file"])
        assert error["message"].startswith(words)


async def test_an_address_has_the_status_of_what_it_is(office: Office, clock: SetClock) -> None:
    used, late = await office.announced(PDF), await office.announced(PDF)
    assert (await office.put(used["path"], PDF)).status_code == 201
    assert (await office.put(used["path"], PDF)).status_code == 409
    assert (await office.put("/documents/uploads/nobody", PDF)).status_code == 404
    assert (await office.put(late["path"], PDF[:-1])).status_code == 422
    assert (await office.http.post(late["path"], content=PDF)).status_code == 405
    clock.forward(minutes=15)
    assert (await office.put(late["path"], PDF)).status_code == 410


async def test_who_may_not_see_a_document_does_not_learn_that_it_is_there(office: Office) -> None:
    path = (await office.attached())["downloadPath"]
    house, stranger = office.house, await company(office.house, "stranger")
    auditor = await staff(house, Role.AUDITOR, "auditor")
    seers = {
        "main": (office.main, 200),
        "clerk": (await sub_user(house, office.main, "clerk", ["deeds.deed.file"]), 200),
        "sub": (await sub_user(house, office.main, "sub"), 404),
        "stranger": (stranger, 404),
        "reviewer": (await staff(house, Role.REVIEWER, "reviewer", ["deeds"]), 200),
        "elsewhere": (await staff(house, Role.REVIEWER, "elsewhere", ["workshop"]), 404),
        "auditor": (auditor, 200),
        "public": (None, 401),
    }
    told = {name: (await office.get(path, who)).status_code for name, (who, _) in seers.items()}
    assert told == {name: status for name, (_, status) in seers.items()}
    nothing = [await office.get(f"/documents/attachments/{key}", stranger) for key in ("999", "0", "x", "9" * 5_000)]
    assert {each.status_code for each in nothing} == {404}
    assert nothing[0].content == (await office.get(path, stranger)).content


async def test_permission_is_asked_at_every_reading(office: Office) -> None:
    path = (await office.attached())["downloadPath"]
    clerk = await sub_user(office.house, office.main, "clerk", ["deeds.deed.file"])
    assert (await office.get(path, clerk)).status_code == 200
    revoke = "mutation ($id: ID!) { setPermissions(input: {memberId: $id, permissions: []}) { errors { code } } }"
    await office.filer.change(revoke, id=clerk.member)
    assert (await office.get(path, clerk)).status_code == 404
    assert (await office.get(path, clerk, range="bytes=0-1")).status_code == 404


async def test_a_document_is_handed_out_to_be_saved_under_its_name(office: Office) -> None:
    answer = await office.get((await office.attached())["downloadPath"], office.main)
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"document.pdf\"; filename*=UTF-8''2026%EB%85%84%20%EA%B3%84%ED%9A%8D%EC%84%9C%20%28"
        "%EC%B5%9C%EC%A2%85%29%20%27%EC%88%98%EC%A0%95%27.pdf"
    )
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-length"] == str(len(PDF))


async def test_a_part_of_a_document_can_be_asked_for(office: Office) -> None:
    path, size = (await office.attached())["downloadPath"], len(PDF)
    for asked, first, last in (("0-9", 0, 9), (f"{size - 5}-", size - 5, size - 1), ("-7", size - 7, size - 1),
                               ("100000-199999", 100_000, 199_999), (f"5-{size * 2}", 5, size - 1)):  # fmt: skip
        part = await office.get(path, office.main, range=f"bytes={asked}")
        assert (part.status_code, part.headers["content-range"]) == (206, f"bytes {first}-{last}/{size}")
        assert part.content == PDF[first : last + 1]
    beyond = await office.get(path, office.main, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for whole in ("bytes=0-1,4-5", "pages=1-2", "bytes=9-1", "bytes=-"):
        assert (await office.get(path, office.main, range=whole)).content == PDF
    tag = (await office.get(path, office.main, "HEAD")).headers["etag"]
    assert (await office.get(path, office.main, **{"range": "bytes=0-1", "if-range": tag})).status_code == 206
    assert (await office.get(path, office.main, **{"range": "bytes=0-1", "if-range": '"old"'})).status_code == 200


async def test_the_head_of_a_document_says_its_size_and_nothing_else(office: Office) -> None:
    head = await office.get((await office.attached())["downloadPath"], office.main, "HEAD")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(PDF)), b"")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=-0", (10, 0)),
        ("bytes=-99", (0, 10)),
        ("bytes=9-", (9, 10)),
        ("bytes= 1 - 2", (1, 3)),
    ],
)
def test_ranges_are_read_as_the_specification_has_them(asked: str, expected: tuple[int, int]) -> None:
    assert byte_range(asked, 10) == expected


async def test_bytes_that_are_lost_are_a_fault_and_not_an_empty_file(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    path = (await office.attached())["downloadPath"]
    for each in (office.house.settings.data_dir / "documents").rglob("*.*"):
        assert each.is_dir()
    for each in (office.house.settings.data_dir / "documents").glob("*/*"):
        each.unlink()
    answer = await office.get(path, office.main)
    assert (answer.status_code, "not in the store" in answer.text) == (503, True)


async def test_a_document_is_detached_from_a_draft_and_withdrawn_from_a_supplement(office: Office) -> None:
    loose = await office.attached()
    assert (await office.filer.change(DETACH, id=loose["id"]))["attachment"] is None
    await office.attached(requirement="plan")
    receipt = await office.attached(jpg(), "영수증.jpg", requirement="receipt", line=1)
    await office.filer.change(SUBMIT, id=office.filing)
    assert [each["code"] for each in await office.filer.objections(DETACH, id=receipt["id"])] == [
        "ACTIVITY_WRONG_STATUS"
    ]
    reviewer = asks(office.http, await staff(office.house, Role.REVIEWER, "reviewer", ["deeds"]))
    back = 'mutation ($id: ID!) { requestSupplement(input: {id: $id, reason: "다시"}) { errors { code } } }'
    await reviewer.change(back, id=office.filing)
    assert (await office.filer.change(DETACH, id=receipt["id"]))["attachment"]["withdrawnAt"] is not None
    await office.attached(jpg("둘"), "영수증2.jpg", requirement="receipt", line=1)
    await office.filer.change(SUBMIT, id=office.filing)
    await reviewer.change(DECIDE, id=office.filing, approve=True)
    (filing,) = (await office.filer.ask(DOCUMENTS))["filings"]["nodes"]
    assert (filing["status"], filing["attachments"]["totalCount"]) == ("APPROVED", 3)
