"""What is a leak and what is not, as policy sees it."""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Callable

import pytest

from dlp.detect import counts
from dlp.detect.lexicon import HealthContext
from dlp.detect.terms import Term
from dlp.inspection import Core, Inspection
from dlp.types import Action, Result


def inspect(core: Core, text: str, **head: str) -> Result:
    inspection = Inspection(core)
    for where, value in head.items():
        inspection.text(where, value)
    inspection.feed(text.encode())
    return inspection.finish()


def nir(chance: random.Random) -> str:
    body = (
        f"{chance.choice('12')}{chance.randrange(100):02d}{chance.randrange(1, 13):02d}"
        f"{chance.randrange(1, 96):02d}{chance.randrange(1, 600):03d}{chance.randrange(1, 999):03d}"
    )
    return f"{body}{97 - int(body) % 97:02d}"


STOPPED = {
    "announced in prose": "Son numéro de sécurité sociale est le 2 55 08 14 168 025 38.",
    "announced on the line above": "N° SS\n2550814168025 38",
    "announced by a header": "nom;n° sécu;ville\nDurand;255081416802538;Lyon\n",
    "announced by a lone column's header": "NIR\n255081416802538\n269054958815780\n",
    "announced by a JSON key": '{"nom": "Durand", "matricule_ins": "255081416802538"}',
    "beside health, in prose": "Mme D. (2 55 08 14 168 025 38) suit une chimiothérapie.",
    "beside health, in a table": "id;nom;motif\n255081416802538;Durand;hépatite C\n",
    "people and where they live": '[{"name": "Durand", "address": "12 rue du Bac", "diagnosis":'
    ' "breast cancer", "treatment": "tamoxifen"}, {"name": "Petit", "address": "place Kléber",'
    ' "diagnosis": "HIV", "treatment": "tenofovir"}]',
    "a ward's round": "Ch 12 : M. Jean DURAND : pneumopathie, sous Augmentin\n"
    "Ch 13 : Mme Nicole PETIT : chimiothérapie J2\nCh 14 : Mme Anne Leroy, diabète déséquilibré\n"
    "Ch 15 : M. Paul MARTIN - hépatite C, sevrage alcoolique\nCh 16 : Mme Lucie Bernard : RAS",
    "people one after the other": "Mr. John Smith is on insulin for type 2 diabetes. Mrs. Anna"
    " Miller was admitted with pneumonia. Mr. Paul Martin was diagnosed with HIV.",
    "what a certificate says": "Je soussigné Dr Roux certifie que Mme Claire Fontaine, née le"
    " 08/08/1990, est atteinte de sclérose en plaques.",
    "a prompt": '{"role": "user", "content": "Traduis : Monsieur Henri Blanc, né le 14/07/1939,'
    ' présente une démence à corps de Lewy."}',
    "a surgeon's report": "Compte-rendu opératoire\nNom : DUVAL\nPrénom : Martine\nNé(e) le :"
    " 23/06/1959\nIntervention : colectomie droite pour adénocarcinome",
    "a referral": "Sehr geehrte Kollegin, ich überweise Herrn Hans Müller (*04.11.1965) wegen V.a."
    " multiple Sklerose.",
    "one in treatment": "Dña. Carmen Ruiz Gómez, nacida el 12/03/1971, cáncer de mama en"
    " tratamiento con tamoxifeno.",
    "a file's number in prose": "IPP 0012345678 - MARCHAND Sophie, suivie pour un cancer du sein",
    "a file's number at the end": "Discharge summary: Carter, John. 62M admitted with STEMI, hx of"
    " schizophrenia on clozapine. MRN 482915.",
    "two people": "255081416802538 et 269054958815780",
    "a letter": "Cher confrère,\n\nMadame Durand, 2 55 08 14 168 025 38\n\n"
    + "Elle va bien dans l'ensemble.\n" * 20
    + "\nLe bilan montre un adénocarcinome.\n",
}
DRUGS_OF = [
    ("Walker, Peter", "methotrexate"),
    ("Durand, Marie", "tenofovir"),
    ("Garcia, Ana", "tamoxifen"),
]
PASSED = {
    "an article": "Le cancer du sein touche une femme sur huit. Le VIH se soigne. " * 50,
    "an order number": "Commande n° 255081416802538 du 12 mars",
    "floats": "\n".join(f"0.{255081416802538 + i}" for i in range(2000)),
    "services and their addresses": '[{"name": "Oncology", "address": "/api/oncology", "diagnosis":'
    ' "breast cancer", "treatment": "tamoxifen"}, {"name": "Maternity", "address":'
    ' "/api/maternity", "diagnosis": "pregnancy", "treatment": "folic acid"}]',
    "how frequent words are": ", ".join(
        f'"{word}": -{10 + place}.1521532633{place:02d}'
        for place, word in enumerate(
            "login password diagnose therapie fallnummer krebs allergie demenz patientin".split()
            * 4
        )
    ),
    "codes of concepts": 'LOGIN = {"login": "110122", "diagnosis": "Diaphanography"}\n'
    'TERMS = ("Patient", "BRCA1", "breast cancer", "treatment", "discharge summary")',
    "a programme of talks": "Mme Nicole Petit : Cancer du sein, quoi de neuf ?\nM. Jean Durand :"
    " Diabète et grossesse\nMme Anne Leroy : VIH en 2026\nM. Paul Martin : Hépatite C",
    "appointments": "Mme Nicole Petit, infirmière en oncologie, est nommée cadre. M. Jean Durand la"
    " remplace en gériatrie. M. Paul Martin quitte la réanimation. Mme Anne Leroy arrive.",
    "an article with a witness": "Mme Nicole Petit, traitée pour un cancer du sein, témoigne. M."
    " Jean Durand, président, Mme Anne Leroy, trésorière, et M. Paul Martin l'ont organisé.",
    "somebody's life": "Anne Leroy, née le 8 août 1990 à Lyon, est une actrice. En 2015 elle révèle"
    " souffrir d'une endométriose, et joue dans une pièce sur le cancer du sein.",
    "a drug that is called as numbers are": "IPP 40 mg (oméprazole) : M. Jean Durand, pharmacien,"
    " rappelle que le reflux ne se traite pas 12 mois. Ordonnances du 12/03/2024 : 15000 boîtes.",
    "a ticket": "IPP 0012345678 : le dossier ne s'ouvre pas depuis ce matin, résultats du"
    " laboratoire compris. Rappeler Mme Anne Leroy, secrétaire en oncologie, au 06 39 98 12 12.",
    "a price list": "Analyse;Prix\nGlycémie à jeun;3,20\nSérologie VIH;12,40\nTSH;8,10\n",
    "what students got": "Nom;Prénom;Date de naissance;Note pathologie;Note traitement\n"
    + "".join(
        f"{name};{10 + day % 7};{day / 2:.1f}\n"
        for day, name in enumerate(
            ("Durand;Jean;12/03/2003", "Petit;Nicole;30/11/2004", "Leroy;Anne;01/05/2002") * 7
        )
    ),
    "references": "".join(
        f"TY  - JOUR\nAU  - {name}\nTI  - {drug} for hepatitis C\nPY  - 19{80 + year}/05/12\n"
        "ER  - \n\n"
        for year, (name, drug) in enumerate(DRUGS_OF * 6)
    ),
    "references in a catalogue": "".join(
        f"<record><dc:title>{drug} et hépatite C</dc:title><dc:creator>{name}</dc:creator>"
        f"<dc:date>19{80 + year}-05-12</dc:date></record>"
        for year, (name, drug) in enumerate(DRUGS_OF * 6)
    ),
    "who spoke of what": "speaker;talk;date;room\n"
    + "".join(
        f"{first} {last};{('asthma', 'HIV', 'cancer')[day % 3]};{day}/05/19{80 + day};A1\n"
        for day, (first, last) in enumerate(
            itertools.product(["Jean", "Marie", "Paul"], ["Durand", "Petit", "Leroy"]), 10
        )
    ),
    "phones": "\n".join(f"Durand;06 39 98 {i:02d} {i:02d}" for i in range(100)),
}


@pytest.mark.parametrize("name", STOPPED)
def test_stopped(core: Core, name: str) -> None:
    assert inspect(core, STOPPED[name]).verdict.action is Action.QUARANTINE


@pytest.mark.parametrize("name", PASSED)
def test_passed(core: Core, name: str) -> None:
    assert inspect(core, PASSED[name]).verdict.action is Action.ALLOW


def test_a_word_that_languages_share_is_one_word() -> None:
    def word(domain: str, text: str) -> Term:
        return Term(domain=domain, text=text, weak=True, cased=False)

    shared = (
        word("fr.care", "patient"),
        word("de.care", "Patient"),
        word("de.oncology", "Staging"),
    )

    assert not HealthContext(shared)
    assert HealthContext((*shared, word("en.care", "ward")))


def test_a_lone_unannounced_number_is_only_noted(core: Core) -> None:
    assert inspect(core, "voir 255081416802538").verdict.action is Action.LOG


@pytest.mark.parametrize("seed", range(5))
def test_a_column_of_random_numbers_is_noise_though_some_pass_the_check(
    core: Core, seed: int
) -> None:
    chance = random.Random(seed)
    rows = "".join(f"{chance.randrange(10**15):015d};{i}\n" for i in range(20_000))
    result = inspect(core, "code;montant\n" + rows)
    assert result.verdict.action is Action.ALLOW


def test_random_numbers_are_noise_though_more_come_than_are_remembered(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "REMEMBERED", 500)
    chance = random.Random(24)
    rows = "".join(f"{chance.randrange(10**11):011d}\n" for _ in range(60_000))

    assert inspect(core, rows).verdict.action is Action.ALLOW


def gtin(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def test_numbers_of_articles_are_noise_though_some_begin_as_an_identifier(core: Core) -> None:
    chance = random.Random(21)
    gtins = [gtin(f"{chance.randrange(10**12):012d}") for _ in range(30_000)]
    assert len([number for number in gtins if number.startswith("756")]) > 20
    rows = [f"{n};{number};Rame de papier;{n % 90},90" for n, number in enumerate(gtins)]

    assert inspect(core, "\n".join(rows)).verdict.action is Action.ALLOW


def test_identifiers_are_found_beside_numbers_of_articles(core: Core) -> None:
    chance = random.Random(22)
    rows = [
        f"{gtin(f'756{chance.randrange(10**9):09d}')};{gtin(f'{chance.randrange(10**12):012d}')}"
        for _ in range(2_000)
    ]

    found = inspect(core, "\n".join(rows)).evidence.findings
    assert [(one.detector, one.distinct) for one in found] == [("ch_ahv", 2_000)]


def luhn(body: str) -> str:
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in body[::-2])
    return f"{body}{-(doubled + sum(map(int, body[-2::-2]))) % 10}"


def rib(chance: random.Random) -> str:
    bank, branch, account = (chance.randrange(10**size) for size in (5, 5, 11))
    key = 97 - (89 * bank + 15 * branch + 3 * account) % 97
    return f"{bank:05} {branch:05} {account:011} {key:02}"


CODES = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
type Numbers = Callable[[random.Random], str]


def dated(first: int, last: int) -> Numbers:
    return lambda chance: (
        f"{chance.randrange(first, last)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
        f"{chance.randrange(10**5):05}"
    )


def digits(size: int) -> Numbers:
    return lambda chance: f"{chance.randrange(10**size):0{size}}"


def codes(size: int) -> Numbers:
    return lambda chance: "".join(chance.choices(CODES, k=size))


NUMBERS: dict[str, Numbers] = {
    "RIB": rib,
    "IMEI": lambda chance: luhn("35" + digits(12)(chance)),
    "SIRET": lambda chance: luhn(luhn(digits(8)(chance)) + digits(4)(chance)),
    "date and number": dated(50, 99),
    "date of late and number": dated(20, 27),
    "code of 11": codes(11),
    "code of 16": codes(16),
    **{f"{size} digits": digits(size) for size in range(9, 21)},
}
ROWS = {
    "table": "{n};{number};Rame de papier {n};12,50",
    "lines": "{number}",
    "objects": '{{"line": {n}, "number": "{number}", "state": "open"}}',
    "statements": "INSERT INTO stock VALUES ({n}, '{number}', 12, 'Lyon');",
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("kind", NUMBERS)
def test_many_numbers_of_one_kind_are_noise(core: Core, kind: str, rows: str) -> None:
    chance = random.Random(kind)
    numbers = (NUMBERS[kind](chance) for _ in range(6_000))
    text = "\n".join(ROWS[rows].format(n=n, number=number) for n, number in enumerate(numbers))

    assert not inspect(core, text).verdict.action.stops


def test_long_decimals_are_noise_though_every_row_comes_ten_times(core: Core) -> None:
    # As tables of results do, where cases were grouped.
    chance = random.Random(23)
    rows = [",".join(f"{chance.random():.18e}" for _ in range(80)) for _ in range(40)]

    assert inspect(core, "\n".join(row for row in rows for _ in range(10))).evidence.findings == ()


def test_a_column_of_identifiers_is_found_beside_a_column_of_random_numbers(core: Core) -> None:
    chance = random.Random(1)
    rows = [f"{chance.randrange(10**15):015d},{nir(chance)}" for _ in range(500)]
    result = inspect(core, "a,b\n" + "\n".join(rows))
    assert result.evidence.subjects == 500
    assert result.verdict.action is Action.QUARANTINE


def test_mistyped_identifiers_do_not_hide_a_column_of_good_ones(core: Core) -> None:
    chance = random.Random(2)
    column = [nir(chance) for _ in range(95)] + [nir(chance)[:-1] + "0" for _ in range(5)]
    assert inspect(core, "x\n" + "\n".join(column)).evidence.subjects >= 95


def test_the_same_person_in_two_forms_is_one_subject(core: Core) -> None:
    evidence = inspect(core, "2 55 08 14 168 025 38\n255081416802538\n2550814168025/38").evidence
    assert evidence.subjects == 1
    assert evidence.findings[0].count == 3


def test_a_query_string_is_read_as_sent_and_decoded(core: Core) -> None:
    for url in ("/s?nir=2+55+08+14+168+025+38", "/s?nir=2%2055%2008%2014%20168%20025%2038"):
        assert inspect(core, "", url=url).verdict.action is Action.QUARANTINE


def test_credentials_in_a_header_are_read(core: Core) -> None:
    encoded = base64.b64encode(b"255081416802538:269054958815780").decode()
    result = inspect(core, "", headers=f"host: x\nauthorization: Basic {encoded}")
    assert result.verdict.action is Action.QUARANTINE


def test_health_terms_are_named_by_domain_only(core: Core) -> None:
    result = inspect(core, "NIR 255081416802538 : séropositive, grossesse")
    assert {f.detector for f in result.evidence.findings} >= {"fr.hiv_sti", "fr.pregnancy"}
    assert "grossesse" not in repr(result)


def test_unknown_content_encoding_is_uninspectable(core: Core) -> None:
    inspection = Inspection(core, content_encoding="sdch")
    inspection.feed(b"anything")
    result = inspection.finish()
    assert result.evidence.uninspectable == "unknown-encoding"
    assert result.verdict.action is Action.QUARANTINE


def test_decoys_of_the_same_shape_do_not_hide_identifiers(core: Core) -> None:
    chance = random.Random(3)
    decoys = [nir(chance)[:-2] + "01" for _ in range(600)]
    column = [nir(chance) for _ in range(200)] + decoys
    chance.shuffle(column)
    assert inspect(core, "x\n" + "\n".join(column)).verdict.action is Action.QUARANTINE


def test_identifiers_at_the_end_of_a_long_column_of_other_numbers_are_found(core: Core) -> None:
    chance = random.Random(4)
    column = [f"{chance.randrange(10**15):015d}" for _ in range(30_000)]
    column += [nir(chance) for _ in range(20)]
    assert inspect(core, "x\n" + "\n".join(column)).verdict.action is Action.QUARANTINE


@pytest.mark.parametrize(("valid", "stopped"), [(2, False), (4, True)])
def test_a_pair_in_a_column_of_other_numbers_is_chance_and_more_are_not(
    core: Core, valid: int, *, stopped: bool
) -> None:
    chance = random.Random(5)
    decoys = [nir(chance)[:-2] + "01" for _ in range(66)]
    column = [*decoys[:40], *(nir(chance) for _ in range(valid)), *decoys[40:]]
    action = inspect(core, "x\n" + "\n".join(column)).verdict.action
    assert action.stops is stopped


def test_identifiers_spread_thinly_over_many_keys_among_decoys_are_found(core: Core) -> None:
    chance = random.Random(5)
    lines = [
        f'{{"k{i}": ["{nir(chance)}"], "k{i}": "{nir(chance)[:-2]}01", "k{i}": "{nir(chance)}"}}'
        for i in range(100)
    ]
    assert inspect(core, "\n".join(lines)).verdict.action is Action.QUARANTINE


def test_arrays_of_numbers_are_noise_though_some_stand_like_an_identifiers_parts(
    core: Core,
) -> None:
    # As in PostScript and in tables of measurements; found in a real manual.
    chance = random.Random(6)
    lines = [
        " ".join(str(chance.randrange(10 ** chance.choice((1, 2, 2, 3)))) for _ in range(30))
        for _ in range(20_000)
    ]
    assert inspect(core, "\n".join(lines)).verdict.action is Action.ALLOW


def test_patients_between_random_bytes_are_found(core: Core) -> None:
    chance = random.Random(11)
    people = b"nom;prenom;date_naissance;commentaire\n" + b"".join(
        f"Durand{n};Anne;0{1 + n % 9}/03/19{50 + n};suspicion de cancer, VIH positif\n".encode()
        for n in range(40)
    )
    inspection = Inspection(core)
    inspection.feed(chance.randbytes(70_000) + b"\n" + people + chance.randbytes(70_000))

    evidence = inspection.finish().evidence

    assert evidence.patients >= 35


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_say_nothing(core: Core, seed: int) -> None:
    inspection = Inspection(core)
    inspection.feed(random.Random(seed).randbytes(300_000))

    assert inspection.finish().evidence.findings == ()


def test_base64_of_patients_is_opened_beside_long_names(core: Core) -> None:
    packed = base64.b64encode(f"NIR du patient : {nir(random.Random(3))}".encode()).decode()
    names = "cryptography_hazmat_primitives_asymmetric SSL_CTX_SET_MIN_PROTO_VERSION_MAX"

    assert inspect(core, f"{names} {packed} {names}").verdict.action is Action.QUARANTINE


def test_a_form_is_read_whatever_its_header_says(core: Core) -> None:
    form = "civilite=Mme&nom=Durand&nir=2%2055%2008%2014%20168%20025%2038&go=1"

    assert inspect(core, form).verdict.action is Action.QUARANTINE


def test_an_announced_codice_fiscale_is_found_in_groups(core: Core) -> None:
    # The example of the Agenzia delle Entrate's decree.
    assert inspect(core, "codice fiscale: MRA RSS 85T10 A562S").evidence.subjects == 0
    assert inspect(core, "codice fiscale: RSS MRA 85T10 A562S").evidence.subjects == 1


@pytest.mark.parametrize("rows", [20, 100])
def test_a_few_numbers_in_a_row_are_chance_where_only_a_title_announces_them(
    core: Core, rows: int
) -> None:
    for seed in range(60):
        chance = random.Random(seed)
        numbers = [str(chance.randrange(10**12, 10**13)) for _ in range(rows)]
        inspection = Inspection(core)
        inspection.feed("\n".join(["matricule;nom", *(f"{n};X" for n in numbers)]).encode())
        assert not inspection.finish().verdict.action.stops, seed


def test_the_path_of_a_drawing_is_no_identifier(core: Core) -> None:
    assert not inspect(
        core,
        '<svg><path d="M1.287 1.025-1.672 1.314-.033-1.41-4.015-3.17-4.373-3.465-.108-.089-.358'
        '-.328-.111-.328m-2.588.01.177.07c.02.02.266.276.4.424.273.286.545.613.83"/></svg>',
    ).verdict.action.stops
