"""荣誉证书: what is printed, for whom, how fast; and the address that tells whether it is valid, and nothing else."""

from __future__ import annotations

import re
import time
from copy import deepcopy
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from pypdf import PdfReader

from awards.certificates import Certificate, certificate_of, draw
from awards.models import StarAward
from awards.queries.wall import verified
from common.text import formal_date
from organization.models import Employee
from tests.awards.honours import make_star
from tests.factories import make_bureau, make_department, make_employee

pytestmark = pytest.mark.django_db
ADDRESS = "http://testserver/stars/verify/"


def build() -> StarAward:
    bureau = make_bureau("XS", name="溪山县税务局")
    department = make_department(bureau, "D1", name="征收股")
    return make_star(
        make_employee(bureau, "W1", name="王小喆", department=department), "2023Q1", token="A-_" + "b" * 40
    )


@pytest.fixture
def star(built: StarAward) -> StarAward:
    return deepcopy(built)


def words(document: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages))


def with_role(star: StarAward, kind: str) -> Employee:
    return make_employee(star.bureau, roles=[kind], department=star.department)


def ask(person: Employee | None, url: str) -> tuple[int, bytes, str]:
    client = Client()
    if person:
        client.force_login(person)
    answer = client.get(url)
    return answer.status_code, answer.content, answer.headers.get("Content-Disposition", "")


def test_the_certificate_says_who_what_when_and_where_to_check(star: StarAward) -> None:
    status, document, disposition = ask(star.employee, f"/stars/awards/{star.pk}/certificate/")
    assert status == 200
    said = words(document)
    for part in (
        "荣誉证书", "王小喆同志：", "2023年一季度", "敬业之星", "溪山县税务局", "二〇二三年五月十日",
        f"证书编号：{star.serial}", f"{ADDRESS}{star.token}/",
    ):  # fmt: skip
        assert part in said, part
    assert f"荣誉证书 {star.serial} 王小喆.pdf" in unquote(disposition)


def test_it_is_one_landscape_sheet_of_a4(star: StarAward) -> None:
    pages = PdfReader(BytesIO(draw(certificate_of(star, ADDRESS)))).pages
    box = pages[0].mediabox
    assert len(pages) == 1
    assert (round(box.width), round(box.height)) == (842, 595)


def test_it_is_chinese_whatever_language_the_reader_has_chosen(star: StarAward) -> None:
    client = Client()
    client.force_login(star.employee)
    client.cookies["django_language"] = "en"
    said = words(client.get(f"/stars/awards/{star.pk}/certificate/").content)
    assert "敬业之星" in said
    assert "2023年一季度" in said


def test_a_name_beyond_the_font_is_seen_to_be_incomplete() -> None:
    said = words(draw(Certificate("𠮷田", "敬业之星", "2023年一季度", "局", "日", "S-1", "http://x/stars/verify/t/")))
    assert "〓田同志" in said
    assert "U+20BB7" in said


def test_a_long_name_and_a_long_address_stay_on_the_page() -> None:
    address = "https://" + "jixiao." * 8 + "example.cn/stars/verify/" + "x" * 43 + "/"
    made = Certificate(
        "买买提·阿不都热合曼·艾力", "创新之星", "2023年一季度", "某某自治州某某县税务局", "日", "S", address
    )
    said = words(draw(made))
    assert "买买提·阿不都热合曼·艾力同志" in said
    assert address in said


def test_it_is_made_in_less_than_a_second(star: StarAward) -> None:
    certificate = certificate_of(star, ADDRESS)
    draw(certificate)  # reads the font, once a process
    start = time.perf_counter()
    draw(certificate)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("office", 200), ("director", 200), ("deputy_director", 200), ("discipline", 200),
        ("department_head", 403), ("liaison", 403), ("system_admin", 403),
    ],
)  # fmt: skip
def test_who_prints_certificates_of_others(star: StarAward, kind: str, status: int) -> None:
    answer, said, _name = ask(with_role(star, kind), f"/stars/awards/{star.pk}/certificate/")
    assert answer == status
    if status == 403:
        assert "证书只由获得者本人、绩效办和局领导打印" in said.decode()


@pytest.mark.parametrize(
    ("state", "why"), [(StarAward.State.WITHDRAWN, "已经撤销，证书作废"), (StarAward.State.CHOSEN, "还在公示")]
)
def test_there_is_no_certificate_of_what_does_not_stand(star: StarAward, state: str, why: str) -> None:
    other = make_star(star.employee, "2022Q4", state=state)
    answer, said, _name = ask(star.employee, f"/stars/awards/{other.pk}/certificate/")
    assert answer == 403
    assert why in said.decode()


# The check --------------------------------------------------------------------------------------------------------


def test_a_stranger_learns_that_it_is_valid_and_nothing_else(star: StarAward) -> None:
    answer, page, _name = ask(None, f"/stars/verify/{star.token}/")
    said = page.decode()
    assert answer == 200
    for part in ("证书有效", "王小喆", "敬业之星", "2023年一季度", "溪山县税务局"):
        assert part in said
    for secret in ("W1", "征收股", star.serial, "大征期", "2023-05-10"):
        assert secret not in said, secret


def test_a_withdrawn_one_is_void_without_its_reason(star: StarAward) -> None:
    gone = make_star(star.employee, "2022Q4", state=StarAward.State.WITHDRAWN)
    said = ask(None, f"/stars/verify/{gone.token}/")[1].decode()
    assert "称号已撤销，证书作废" in said
    assert "证书有效" not in said
    assert "冒领加班" not in said


@pytest.mark.parametrize("token", ["b" * 43, "A", "0", "x" * 3000])
def test_an_unknown_token_finds_nothing_and_says_so(star: StarAward, token: str) -> None:
    answer, page, _name = ask(None, f"/stars/verify/{token}/")
    assert answer == 404
    assert "查不到这张证书" in page.decode()
    assert "王小喆" not in page.decode()


def test_the_serial_and_the_number_of_the_row_open_nothing(star: StarAward) -> None:
    for guess in (star.serial, str(star.pk), star.token[:-1], star.token.lower()):
        assert ask(None, f"/stars/verify/{guess}/")[0] == 404


def test_a_star_in_publicity_has_no_address_yet(star: StarAward) -> None:
    make_star(star.employee, "2022Q4", state=StarAward.State.CHOSEN)
    assert verified("") is None
    assert ask(None, "/stars/verify//")[0] != 200


def test_the_answer_is_kept_by_nobody_and_found_by_no_search_engine(star: StarAward) -> None:
    answer = Client().get(f"/stars/verify/{star.token}/")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_check_is_one_query(star: StarAward, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        Client().get(f"/stars/verify/{star.token}/")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2023, 5, 10), "二〇二三年五月十日"),
        (date(2020, 10, 31), "二〇二〇年十月三十一日"),
        (date(2024, 12, 20), "二〇二四年十二月二十日"),
        (date(2019, 1, 1), "二〇一九年一月一日"),
        (date(2023, 11, 11), "二〇二三年十一月十一日"),
    ],
)
def test_dates_are_written_as_documents_write_them(day: date, said: str) -> None:
    assert formal_date(day) == said
