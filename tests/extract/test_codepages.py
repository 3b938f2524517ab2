"""Code pages that nobody declares: what is written in them is read, what is in none is left."""

from __future__ import annotations

import random

import pytest

from dlp.extract.codepages import code_page
from dlp.inspection import Core, Inspection

PATIENTS = {
    ("cp1251", "koi8-r", "cp866", "cp855", "iso8859-5", "mac-cyrillic"): (
        "Фамилия;Имя;Дата рождения;Диагноз\n"
        "Иванова;Мария;12.05.1962;рак молочной железы\nПетров;Сергей;03.04.1975;ВИЧ-инфекция\n"
    ),
    ("cp1253", "iso8859-7", "cp737"): (
        "Επώνυμο;Όνομα;Ημερομηνία γέννησης;Διάγνωση\n"
        "Παπαδόπουλος;Γιώργος;12/05/1962;καρκίνος\nΝικολάου;Μαρία;03/04/1975;διαβήτης\n"
    ),
    ("cp1256", "iso8859-6"): (
        "الاسم,تاريخ الميلاد,التشخيص\n"
        "محمد علي حسن,1975-03-04,السكري\nفاطمة الزهراء بنعلي,1962-05-12,سرطان الثدي\n"
    ),
    ("cp1255", "cp862"): (
        "שם;תאריך לידה;אבחנה\nכהן דוד;12/05/1962;סוכרת\nלוי שרה;03/04/1975;סרטן השד\n"
    ),
    ("shift_jis",): ("氏名,生年月日,診断\n山田太郎,1962/05/12,乳癌\n佐藤花子,1975/03/04,糖尿病\n"),
    ("gbk", "gb18030"): ("姓名,出生日期,诊断\n王小明,1962-05-12,乳腺癌\n李红,1975-03-04,糖尿病\n"),
    ("euc_kr", "cp949"): (
        "성명,생년월일,진단\n김철수,1962-05-12,유방암\n이영희,1975-03-04,당뇨병\n"
    ),
    ("cp1252", "cp850", "cp437", "mac-roman"): (
        "Nom;Prénom;Né(e) le;Diagnostic\n"
        "Dupont;Zoé;12/05/1962;sclérose en plaques\nBénali;Karim;03/04/1975;épilepsie\n"
    ),
}
# What is no list of patients.
TEXTS = {
    ("euc_jp", "shift_jis"): "患者は糖尿病で入院しています。診断名：肺がん",
    ("big5",): "姓名,出生日期,診斷\n王小明,1962-05-12,乳癌\n李紅,1975-03-04,糖尿病\n",
    ("cp874",): "ชื่อ,วันเกิด,การวินิจฉัย\nสมชาย ใจดี,1962-05-12,มะเร็งเต้านม\n",
    ("cp1250", "iso8859-2", "cp852"): "Wiśniewska;Małgorzata;gruźlica\nWójcik;Łucja;żółtaczka\n",
    ("cp1254", "iso8859-9"): "Soyadı;Adı;Doğum tarihi;Tanı\nYılmaz;Şükrü;;şeker hastalığı\n",
    ("cp1252", "mac-roman"): "l’hôpital — n° 12 « œil »\nGarçon;Hélène;brûlé à l’œil, ÉLOÏSE\n",
    ("cp1252", "cp850", "mac-roman"): "Müller;Größe\nSchröder;Überweisung für die Ärztin\n",
    ("iso8859-1", "cp850"): "Niño;Muñoz;Información médica;Não;coração\n",
}


@pytest.mark.parametrize(
    ("text", "page"),
    [(text, page) for pages, text in {**PATIENTS, **TEXTS}.items() for page in pages],
)
def test_a_text_is_read_in_its_page(text: str, page: str) -> None:
    data = text.encode(page)

    assert data.decode(code_page(data) or "cp1252") == text


@pytest.mark.parametrize(
    ("text", "page"), [(text, page) for pages, text in PATIENTS.items() for page in pages]
)
def test_patients_are_found_in_it(core: Core, text: str, page: str) -> None:
    inspection = Inspection(core)
    inspection.feed(text.encode(page))
    assert inspection.finish().verdict.action.stops


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_text_may_be_cut_inside_of_a_character(cut: int) -> None:
    utf_8 = ("Prénom;né à Évreux;élève\n" * 9).encode()
    japanese = ("患者は糖尿病で入院しています。" * 9).encode("shift_jis")

    assert code_page(utf_8[:-cut]) is None
    assert code_page(japanese[:-cut]) == "shift_jis"


@pytest.mark.parametrize("seed", range(40))
def test_bytes_of_chance_are_in_no_page(seed: int) -> None:
    chance = random.Random(seed)
    data = bytes(chance.choices(range(32, 256), k=512))

    assert code_page(data) is None


def test_a_few_bytes_prove_nothing() -> None:
    assert code_page("lorem ipsum dolor сит amet".encode("cp1251")) is None
