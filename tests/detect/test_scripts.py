"""Lists without titles in scripts other than Latin: patients are found, those who work pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlp.inspection import Core
from tests.reading import stops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BORN = ("12.05.1962", "03.04.1975", "01.02.1951", "21.12.1948", "11.10.1980")
# Names, what they have, and where they work.
PEOPLE = {
    "Russian": (
        "Иванова Мария,Петров Сергей,Сидорова Анна,Козлов Иван,Смирнова Ольга",
        "рак молочной железы,ВИЧ-инфекция,сахарный диабет,инфаркт миокарда,шизофрения",
        "Кардиология",
    ),
    "Ukrainian": (
        "Шевченко Олена,Коваленко Іван,Бондаренко Наталія,Ткаченко Петро,Кравчук Оксана",
        "цукровий діабет,ВІЛ,рак легень,епілепсія,гепатит",
        "Кардіологія",
    ),
    "Bulgarian": (
        "Иван Петров,Мария Георгиева,Георги Димитров,Елена Иванова,Стоян Николов",
        "захарен диабет,рак на гърдата,ХИВ,епилепсия,хепатит",
        "Кардиология",
    ),
    "Greek": (
        "Παπαδόπουλος Γιώργος,Νικολάου Μαρία,Γεωργίου Ελένη,Δημητρίου Κώστας,Ιωάννου Άννα",
        "καρκίνος,σακχαρώδης διαβήτης,άνοια,έμφραγμα,επιληψία",
        "Καρδιολογία",
    ),
    "Arabic": (
        "محمد علي حسن,فاطمة الزهراء بنعلي,أحمد خالد,سارة محمود,يوسف إبراهيم",
        "السكري,سرطان الثدي,الإيدز,الصرع,التهاب الكبد",
        "قسم القلب",
    ),
    "Hebrew": (
        "כהן דוד,לוי שרה,מזרחי יוסף,פרץ רחל,ביטון משה",
        "סוכרת,סרטן השד,איידס,אפילפסיה,דיכאון",
        "קרדיולוגיה",
    ),
    "Japanese": (
        "山田太郎,佐藤花子,鈴木一郎,田中美咲,高橋健一",
        "乳癌,糖尿病,肺がん,うつ病,肝炎",
        "循環器内科",
    ),
    "Chinese": ("王小明,李红,张伟,刘洋,陈静", "乳腺癌,糖尿病,肺癌,艾滋病,肝炎", "心内科"),
    "Korean": (
        "김철수,이영희,박민수,최지우,정수진",
        "유방암,당뇨병,폐암,우울증,간염",
        "심장내과",
    ),
}


def _lines(joint: str) -> Callable[[Sequence[tuple[str, ...]]], str]:
    return lambda rows: "\n".join(joint.join(row) for row in rows)


SHAPES: dict[str, Callable[[Sequence[tuple[str, ...]]], str]] = {
    "semicolons": _lines(";"),
    "bars": _lines(" | "),
    "blanks": _lines(" "),
    "JSON": lambda rows: json.dumps(rows, ensure_ascii=False),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("language", PEOPLE)
def test_patients_are_found_by_their_names(core: Core, language: str, shape: str) -> None:
    named, said, _ = PEOPLE[language]
    rows = list(zip(named.split(","), BORN, said.split(","), strict=True))

    assert stops(core, SHAPES[shape](rows))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("language", PEOPLE)
def test_those_who_treat_pass(core: Core, language: str, shape: str) -> None:
    named, _, ward = PEOPLE[language]
    rows = [(name, born, ward) for name, born in zip(named.split(","), BORN, strict=True)]

    assert not stops(core, SHAPES[shape](rows))


@pytest.mark.parametrize("language", PEOPLE)
def test_diseases_are_no_names(core: Core, language: str) -> None:
    _, said, ward = PEOPLE[language]
    rows = [(what, born, ward) for what, born in zip(said.split(","), BORN, strict=True)]

    assert not stops(core, SHAPES["semicolons"](rows))
