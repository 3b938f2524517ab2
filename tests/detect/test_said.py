"""What people write about patients in messages, rounds and forms, and what is written like it."""

from __future__ import annotations

import json

import pytest

from dlp.detect.dates import serial_date
from dlp.inspection import Core
from tests.reading import stops

LEAKS = {
    "a round by age": "CH 112 - Mme ROCHE B. (79a) : AVC sylvien J4, hémiplégie G\n"
    "CH 113 - M. NGUYEN Van (66a) : BPCO, O2 3L\nCH 114 - Mme LEFÈVRE Éloïse (45a) : surveillance\n"
    "CH 115 - M. MULLER Théo (58a) : cirrhose décompensée, ascite ponctionnée",
    "a round without titles": "112 ROCHE Bernadette 79 ans AVC sylvien J4\n"
    "113 NGUYEN Van 66 ans BPCO O2 3L\n115 MULLER Théo 58 ans cirrhose décompensée\n"
    "116 BENALI Karim 51 ans pancréatite aiguë\n",
    "a letter without a birth date": "Cher confrère, je vous adresse Madame Jeanne DUPONT, 61 ans, "
    "12 rue des Lilas à Rennes, pour un carcinome canalaire infiltrant. Tel 06 12 34 56 78.",
    "a message with a number": "Tu peux regarder le dossier de Mme Dupont Jeanne (IPP 80012345) ? "
    "Sa troponine est à 4500, SCA ST+ probable.",
    "a text message": "Rappel: M. Roche Bernard (02/03/1944) chimio demain, prise de sang avant",
    "a birth date below the name": "LABORATOIRE BIO-OUEST\nM. HADDAD Samir\n24/07/1966 - M\n"
    "Leucocytes              12,4  G/L    (4,0 - 10,0)\nHémoglobine             9,8   g/dL\n",
    "German": "Vielen Dank für die Überweisung von Hr. Mehmet Yilmaz, *14.09.1948, mit "
    "Hinterwandinfarkt. HbA1c 9,1 %, Diabetes mellitus.",
    "Spanish": "El Sr. Javier Fernández Ruiz, de 75 años (14/09/1948), ingresa por infarto agudo "
    "de miocardio. VIH positivo.",
    "Dutch": "Dhr. P. de Vries, 14-09-1948, bekend met diabetes mellitus en COPD.",
    "Polish": "Pan Krzysztof Nowak (ur. 14.09.1948). Rozpoznanie: nadciśnienie tętnicze, cukrzyca.",
    "Finnish": "Herra Matti Virtanen, s. 14.09.1948, sairastaa keuhkosyöpää. Diagnoosi: diabetes.",
    "Russian": "Г-н Иванов Сергей Петрович, 14.09.1948 г.р., диагноз: ВИЧ-инфекция, гепатит С.",
    "dates of MongoDB": "\n".join(
        f'{{"identite":{{"nom":"{name}","prenom":"{first}","naissance":{{"$date":{{"$numberLong":'
        f'"{-n * 10**10}"}}}}}},"sejours":[{{"service":"Pneumo","diag":["{code}"]}}]}}'
        for n, (name, first, code) in enumerate(
            (("LE GOFF", "Maëlle", "C50.9"), ("BENALI", "Karim", "B20"), ("ROCHE", "Luc", "J44.9")),
            1,
        )
    ),
    "a spreadsheet in XML": "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row)
        + "</Row>"
        for row in (
            ("Nom", "Naissance", "Diagnostic"),
            ("DUPONT Jeanne", "1962-05-12", "VIH"),
            ("BENALI Karim", "1971-01-30", "cancer du colon"),
        )
    ),
    "results of tests": "prenom,nom,tel,type,resultat\n"
    + "".join(
        f"{first},{name},06 12 34 56 7{n},RT-PCR SARS-CoV-2,{('POSITIF', 'négatif')[n % 2]}\n"
        for n, (first, name) in enumerate(
            (("Maëlle", "LE GOFF"), ("Karim", "BENALI"), ("Luc", "ROCHE"), ("Inès", "DA SILVA"))
        )
    ),
    "a theatre's day": "Heure;Patient;Âge;Intervention;Chirurgien\n"
    + "".join(
        f"0{n + 7}:00;{name};{n}9;{what};Dr Perrin\n"
        for n, (name, what) in enumerate(
            (("LE GOFF Marie", "Mastectomie"), ("BENALI Karim", "Cholécystectomie"),
             ("ROCHE Luc", "Prostatectomie"), ("DUPONT Jeanne", "Césarienne")), 1,
        )
    ),
    "a patient's results": "Patient : HADDAD Samir   N° demande : 24021200451\n"
    "Glycémie à jeun ... 2,45 g/L\nHbA1c ... 11,2 %\n",
    "a child": "Enfant : LEROY Tom né le 12/01/2021 (3 ans)\nMère : LEROY Claire\n"
    "Asthme du nourrisson, allergie à l'arachide, épilepsie. Ventoline 4 bouffées x 3.\n",
    "a form of two columns": "Nom\tDUPONT\nPrénom\tJeanne\nNé(e) le\t12/05/1962\n"
    "Diagnostic\tSclérose en plaques, épilepsie\n",
    "labels in markup": "<p>Patiente&nbsp;: <b>Jeanne DUPONT</b>, née le 12/05/1962</p>"
    "<p>Diagnostic&nbsp;: carcinome, VIH</p>",
    "JSON in JSON in JSON": "\n".join(
        json.dumps({"msg": json.dumps({"payload": json.dumps(
            {"nom": name, "prenom": first, "date_naissance": "1962-05-12", "diagnostic": "VIH"}
        )})})
        for name, first in (("LE GOFF", "Marie"), ("BENALI", "Karim"))
    ),
    "names of OData": "".join(
        f'{{"Patient_x0020_Name":"{name}","DOB":"/Date({-n * 10**10})/","Diagnosis":"{what}"}}\n'
        for n, (name, what) in enumerate((("Jeanne Dupont", "VIH"), ("Luc Roche", "BPCO")), 30)
    ),
    "whose name it is": "Nom de l'usager : ROCHE\nPrénom de l'usager : Bernadette\n"
    "Né(e) le : 02/03/1944\nPathologies : sclérose en plaques, épilepsie\n",
}  # fmt: skip
ORDINARY = {
    "a contract": "Mme Maëlle LE GOFF, née le 12/05/1982 à Rennes, demeurant 12 rue des Lilas, est "
    "engagée en qualité d'infirmière au service de dialyse. Tél. 06 12 34 56 78.",
    "a call to a check-up": "Mme LE GOFF Maëlle, née le 12/05/1982, infirmière, est "
    "convoquée le 12/03/2024 à 9h. Merci d'apporter votre carnet de vaccination.",
    "a lesson": "Monsieur Dupont, 72 ans, est hospitalisé pour une décompensation cardiaque. "
    "Il prend du Lasix 40 mg et du Kardegic 75 mg. Calculez le débit.",
    "patients of a lesson": "Mme Martin, 72 ans : diabète.\nM. Petit, 58 ans : cirrhose.\n"
    "Mme Durand, 66 ans : BPCO.\nM. Leroy, 81 ans : infarctus, insuffisance rénale.\n",
    "cases of a lesson": "Cas 1 : M. X, 54 ans, diabète, infarctus.\n"
    "Cas 2 : Mme D., 32 ans, 28 SA, HTA.\nCas 3 : M. Z, 70 ans, BPCO, cancer du poumon.\n",
    "an invitation": "Cher confrère, je vous adresse le programme. Mme Jeanne DUPONT, 02 99 28 43 "
    "21, attend vos résumés sur le cancer du sein et la chimiothérapie avant le 12/03/2024.",
    "witnesses of an article": "Bernadette Roche, 79 ans, vit avec un cancer. Théo Muller, 58 ans, "
    "parle de sa cirrhose. Karim Benali, 51 ans, raconte son infarctus.",
    "lines of a log": "".join(
        f"job of Marie Durand done\n2019-05-{n + 1:02d} 10:00:00 import cancer.csv, diabete.csv\n"
        for n in range(20)
    ),
    "codes of a garage": "nom;prenom;diagnostic\n"
    + "".join(f"Durand;Paul;P0{n}\nMartin;Anne;B1{n}\n" for n in range(420, 440)),
    "a programme": "Heure;Nom;Intervention\n"
    + "".join(
        f"0{n + 7}:00;{name};{what}\n"
        for n, (name, what) in enumerate(
            (("Marie Le Goff", "Le cancer du sein"), ("Karim Benali", "Cirrhose et hépatite C"),
             ("Luc Roche", "VIH et grossesse"), ("Jeanne Dupont", "Mastectomie ou pas ?")), 1,
        )
    ),
    "what people want to learn": "Nom;Prénom;Date de naissance;Formation souhaitée\n"
    + "".join(f"{name};{10 + n}/05/1982;DU diabète\n"
              for n, name in enumerate(("LE GOFF;Marie", "ROCHE;Luc", "BENALI;Karim"))),
    "a patient of a test": "Nom : TEST  Prénom : Toto\nNé le 12/05/1962\nDiagnostic : VIH, BPCO\n",
    "a scenario": "Feature: dossier patient\n  Scenario: création\n    Given un patient "
    '"TEST Toto" né le "01/01/1970"\n    Then le dossier contient "diabète, cancer"\n',
    "an approval": "NDA 021436 was approved on 2002-11-15: aripiprazole, schizophrenia. Dr Anne "
    "Martin, IPP 20 mg: pantoprazole.",
}  # fmt: skip


@pytest.mark.parametrize("name", LEAKS)
def test_patients_are_found(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_written_like_it_passes(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])


@pytest.mark.parametrize(
    ("number", "day"),
    [
        # date -u -d @-240537600
        ("-240537600", "1962-05-19"),
        ("-240537600000", "1962-05-19"),
        ("/Date(-240537600000)/", "1962-05-19"),
        ("/Date(631152000000+0100)/", "1990-01-01"),
        ("631152000", "1990-01-01"),
    ],
)
def test_machines_count_from_1970(number: str, day: str) -> None:
    assert serial_date(number) == day


@pytest.mark.parametrize("number", ["19620512", "19620512000000", "1", "-1", "/Date(1)/"])
def test_other_numbers_are_no_moments(number: str) -> None:
    assert serial_date(number) is None
