"""Letters, lists and messages as a hospital writes them, and texts that only look like them."""

from __future__ import annotations

import json

from bench.detection.records import PEOPLE, nir

__all__ = ["ABOUT_PATIENTS", "NOT_ABOUT_PATIENTS"]

ABOUT_PATIENTS = {
    "a theatre's list": "PLANNING BLOC 12/02/2024\n"
    "08h00 Salle 1 HAMON Yves 14/09/1948 prothèse totale de hanche G Dr Perrin\n"
    "09h30 Salle 1 LE GALL Rozenn 12/05/1962 mastectomie + GS Dr Perrin\n"
    "11h00 Salle 2 TRAORE Fanta 01/01/1990 césarienne Dr Schmitt\n",
    "a text message": "Mme LE GALL Rozenn 12/05/1962 tel 0612345678 : VIH+ CV 45000 copies, CD4 "
    "210, début Biktarvy",
    "patients to call": "Bonjour, à rappeler pour l'amniocentèse : Mme Guillou Annaïg (02/11/1987, "
    "06 12 34 56 78) 16 SA, Mme Traoré Fanta (01/01/1990) 14 SA + 3 j.",
    "a laboratory's report": "Dossier n° 240212-0147\nMme GUILLOU Annaïg  née le 02.11.1987\n"
    "HEMOGLOBINE .... 9,8 g/dL (12,0 - 16,0)\nBETA HCG ...... 45 230 UI/L\n"
    "TOXOPLASMOSE IgG .... négatif\n",
    "a prescription": "Docteur Elodie PERRIN\nMédecine générale\nM. Yves HAMON, né le 14/09/1948\n"
    "- Levothyrox 75 µg : 1 cp le matin\n- Kardegic 75 mg : 1 sachet/j\n- Xarelto 20 mg\n",
    "a psychiatrist's notes": "M. B. (Bertrand HAMON, 14/09/1988) : idées suicidaires, trouble "
    "bipolaire type I, lithium 800 mg, refus d'hospitalisation.",
    "a question to an assistant": '{"messages": [{"role": "user", "content": "R\\u00e9sume : M. '
    "Karim Ben Ahmed n\\u00e9 le 03/04/1975, h\\u00e9patite B chronique, cirrhose Child B, AFP "
    '\\u00e9lev\\u00e9e."}]}',
    "an appointment's form": "nom=Hamon&prenom=Yves&ddn=1948-09-14&motif=chimiotherapie",
    "ein Arztbrief": "Sehr geehrte Frau Kollegin,\nwir berichten über Herrn Klaus Schmitt, geb. "
    "12.03.1954. Diagnosen: Kolonkarzinom, arterielle Hypertonie, Diabetes mellitus Typ 2.",
    "een brief": "Geachte collega, bericht over mevrouw A. de Vries, geboren 12-03-1956. Diagnose: "
    "borstkanker.",
    "vaccinations": "nom,prenom,date_naissance,vaccin,date_injection\n"
    "Hamon,Yves,1948-09-14,Comirnaty,2021-03-01\nLe Gall,Rozenn,1962-05-12,Spikevax,2021-04-01\n",
    "portal logins by mail": "email;identifiant_portail_patient;mot_de_passe\n"
    + "".join(f"u{n}@mail.example;P{n:06d};k{n * 7919}zX\n" for n in range(40)),
    "lines of fixed width, glued": "\n".join(
        f"320{nir()}{a:<20}{b:<15}{c}" for a, b, c, _ in PEOPLE
    ),
    "rows in markup without titles": "<rows>"
    + "".join(
        f"<row><c>{a}</c><c>{b}</c><c></c><c>{c}</c><c>{d}</c></row>" for a, b, c, d in PEOPLE
    )
    + "</rows>",
    "what PHP serialises": "".join(
        f'a:4:{{s:3:"nom";s:6:"{a}";s:6:"prenom";s:5:"{b}";s:3:"ddn";s:10:"{c}";'
        f's:4:"note";s:9:"{d}";}}'
        for a, b, c, d in PEOPLE
    ),
    "a number in boxes": "N° de sécurité sociale |2|5|5|0|8|1|4|1|6|8|0|2|5|3|8|",
    "names without a title": "\n\n".join(
        f"{b} {a}, né le {c}, VIH positif." for a, b, c, _ in PEOPLE
    ),
    "patients after a table of orders": "Commande;Date;Client;EAN;Montant\n"
    + "".join(f"{n};2024-02-17;Legrand SARL;331253237{n:04d};46.43\n" for n in range(1000, 1030))
    + "".join(f"{a};{b};{c};{d}\n" for a, b, c, d in PEOPLE),
    "names of files": "\n".join(f"{a}.{nir()}.3.pdf" for a, *_ in PEOPLE),
    "numbers after the OID of the INS": "\n".join(f"1.2.250.1.213.1.4.8.{nir()}" for _ in PEOPLE),
    "numbers glued to dates": "\n".join(f"{nir()}{c} {a}" for a, _, c, _ in PEOPLE),
    "an announced number in a sentence": "Je soussignée certifie que Mme Durand, immatriculée "
    "sous le numéro 2 55 08 14 168 025 38, a été reçue ce jour.",
    "a payroll declaration": "S21.G00.30.001,'2550814168025'\nS21.G00.30.002,'DURAND'\n",
}
NOT_ABOUT_PATIENTS = {
    "a biography": "Mme Simone Veil, née le 13 juillet 1927, a porté la loi sur l'IVG. Le cancer "
    "du sein est le plus fréquent. Le professeur Luc Montagnier a co-découvert le VIH.",
    "a conference": "12/05/2019 Dr Jean MARTIN : cancer du sein\nPr PETIT Anne 12/05/2019 : VIH\n"
    "Mme Anne DURAND 13/05/2019 chimiothérapie\n",
    "a nurse's CV": "Sophie Durand, née le 12/03/1985, 06 12 34 56 78\nInfirmière DE. Expérience : "
    "oncologie, chimiothérapie, soins palliatifs, diabète. Formation IFSI Rennes 2007.",
    "a validator's source": 'def check_nir(nir):\n    """Validate e.g. 2 55 08 14 168 025 38"""\n',
    "books": "isbn;titre;auteur;parution\n"
    + "".join(
        f"97820{n:08d};Vivre avec le cancer;{b} {a};{c}\n" for n, (a, b, c, _) in enumerate(PEOPLE)
    ),
    "a hotel's guest": '{"lastName": "Durand", "firstName": "Sophie", "birthDate": "1980-01-01", '
    '"phone": "+33612345678", "requests": "chambre non fumeur, allergie aux plumes"}',
    "a passenger": '{"lastName": "Durand", "firstName": "Sophie", "dateOfBirth": "1980-01-01", '
    '"meal": "DIABETIC"}',
    "a bug report": "[PAT-1234] Le champ NIR n'est pas validé\nSaisir nom, prénom, date de "
    "naissance 01/01/1970, NIR vide -> NullPointerException. Assigned: Paul Martin\n",
    "digits in columns": "\n".join(
        f"{n:08d}{n * 7919 % 10**15:015d}{n * 104729 % 10**12:012d}X" for n in range(1, 400)
    ),
    "lives of the famous": "\n\n".join(
        f"{b} {a.title()}, né le {n + 1} avril 19{24 + n} à Paris et mort le {n + 1} juin 200{n}, "
        "est un acteur français. Atteint d'un cancer du foie, il tourne encore deux films."
        for n, (a, b, *_) in enumerate(PEOPLE[:8])
    ),
    "obituaries": "\n".join(
        f"{b} {a.title()} (03/04/19{24 + n} - 01/07/200{n}), mort d'un cancer du foie."
        for n, (a, b, *_) in enumerate(PEOPLE[:8])
    ),
    "trainings": "\n".join(
        f"{a};{b};{c};{('Soins palliatifs', 'Éducation thérapeutique du diabète')[n % 2]}"
        for n, (a, b, c, _) in enumerate(PEOPLE)
    ),
    "theses": "\n".join(
        f"{b} {a}|{c}|Étude de la chimiothérapie dans le cancer du poumon|Rennes"
        for a, b, c, _ in PEOPLE
    ),
    "commits": "\n".join(
        f"commit {n * 7919:040x}\nAuthor: {b} {a} <a@b.example>\nDate:   1999-04-{n % 28 + 1:02d} "
        "10:00:00 +0200\n\n    Fix unit of the HIV viral load\n"
        for n, (a, b, *_) in enumerate(PEOPLE)
    ),
    "what authors wrote": json.dumps(
        {
            "auteurs": [a for a, *_ in PEOPLE],
            "dates": [c for _, _, c, _ in PEOPLE],
            "sujets": ["cancer du sein", "diabète", "VIH"] * 10,
        }
    ),
}
