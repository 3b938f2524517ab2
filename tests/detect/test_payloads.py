"""What programs send to services about one patient or two, each in the shape of the service."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

import pytest

from dlp.inspection import Core
from tests.reading import stops


def j(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


LEAKS = {
    "doctolib": j(
        {
            "appointment": {
                "start": "2026-12-03T09:00",
                "visit_motive": "Consultation IVG",
                "patient": {
                    "first_name": "Soizic",
                    "last_name": "Kervella",
                    "phone_number": "+33612985400",
                    "birthdate": "2001-09-30",
                },
            }
        }
    ),
    "salesforce": j(
        {
            "FirstName": "Delphine",
            "LastName": "Marchetti",
            "Phone": "0671221345",
            "Description": "Patiente VIH, sous Triumeq, demande report de RDV",
        }
    ),
    "salesforce_bulk": (
        'FirstName,LastName,Phone,Description\nDelphine,Marchetti,0671221345,"VIH, sous '
        'Triumeq"\nHippolyte,Quinquis,0761902210,"carcinome bronchique, FOLFOX"\n'
    ),
    "hubspot": j(
        {
            "properties": [
                {"property": "firstname", "value": "Delphine"},
                {"property": "lastname", "value": "Marchetti"},
                {"property": "date_of_birth", "value": "1981-06-02"},
                {"property": "pathologie", "value": "VIH stade B"},
            ]
        }
    ),
    "typeform": j(
        {
            "answers": [
                {"field": {"ref": "nom"}, "text": "Marchetti"},
                {"field": {"ref": "prenom"}, "text": "Delphine"},
                {"field": {"ref": "naissance"}, "date": "1981-06-02"},
                {"field": {"ref": "pathologies"}, "text": "VIH, hépatite C"},
            ]
        }
    ),
    "stripe": (
        "customer[name]=Delphine+Marchetti&customer[phone]=0671221345&"
        "metadata[motif]=IVG+m%C3%A9dicamenteuse&metadata[ddn]=02%2F06%2F1981"
    ),
    "twilio": "To=%2B33671221345&Body="
    + urllib.parse.quote_plus(
        "Mme Marchetti Delphine, votre charge virale VIH est remontée, rappelez le "
        "service au 0145678900"
    ),
    "mailchimp": j(
        {
            "email_address": "d.marchetti@wanadoo.fr",
            "merge_fields": {"FNAME": "Delphine", "LNAME": "Marchetti", "PATHO": "VIH"},
        }
    ),
    "segment": j(
        {
            "userId": "42",
            "traits": {
                "firstName": "Delphine",
                "lastName": "Marchetti",
                "birthday": "1981-06-02",
                "condition": "HIV positive",
            },
        }
    ),
    "elastic": '{"index":{"_index":"patients"}}\n'
    + j({"nom": "Marchetti", "prenom": "Delphine", "ddn": "1981-06-02", "diag": "VIH stade B"})
    + "\n",
    "kafka": j(
        {
            "schema": {"fields": []},
            "payload": {
                "PATIENT_NOM": "MARCHETTI",
                "PATIENT_PRENOM": "DELPHINE",
                "DT_NAISS": 4900,
                "LIB_DIAG": "INFECTION PAR LE VIH",
            },
        }
    ),
    "debezium": j(
        {
            "before": None,
            "after": {
                "id": 7,
                "last_nm": "Marchetti",
                "first_nm": "Delphine",
                "birth_dt": 4170,
                "dx_desc": "HIV infection",
            },
            "op": "c",
        }
    ),
    "soap": (
        "<soapenv:Envelope><soapenv:Body><CreatePatient><Nom>Marchetti</Nom><Prenom>Delph"
        "ine</Prenom><DateNais>19810602</DateNais><Motif>Suivi "
        "VIH</Motif></CreatePatient></soapenv:Body></soapenv:Envelope>"
    ),
    "graphql_inline": j(
        {
            "query": (
                'mutation { createPatient(firstName: "Delphine", lastName: "Marchetti", '
                'birthDate: "1981-06-02", diagnosis: "HIV") { id } }'
            )
        }
    ),
    "odata": j(
        {
            "d": {
                "results": [
                    {
                        "Vorname": "Sabine",
                        "Nachname": "Müller",
                        "GebDat": "/Date(266457600000)/",
                        "Diagnose": "HIV-Infektion",
                    }
                ]
            }
        }
    ),
    "notion_page": j(
        {
            "children": [
                {
                    "paragraph": {
                        "rich_text": [{"text": {"content": "Marchetti Delphine née le 02/06/1981"}}]
                    }
                },
                {"paragraph": {"rich_text": [{"text": {"content": "VIH stade B, sous Triumeq"}}]}},
            ]
        }
    ),
    "gdocs": j(
        {
            "requests": [
                {
                    "insertText": {
                        "text": (
                            "Compte rendu\nPatiente : Delphine Marchetti\nNée le 02/06/1981\n"
                            "Diagnostic : VIH stade B\n"
                        ),
                        "location": {"index": 1},
                    }
                }
            ]
        }
    ),
    "gsheets": j(
        {
            "range": "A1:D2",
            "values": [
                ["Nom", "Prénom", "DDN", "Diagnostic"],
                ["Marchetti", "Delphine", "02/06/1981", "VIH stade B"],
            ],
        }
    ),
    "gsheets_nohdr": j(
        {
            "range": "A2:D3",
            "values": [
                ["Marchetti", "Delphine", "02/06/1981", "VIH stade B"],
                ["Quinquis", "Hippolyte", "23/11/1957", "BPCO"],
            ],
        }
    ),
    "sentry_bread": j(
        {
            "breadcrumbs": [
                {
                    "message": (
                        "POST /api/patients {'nom': 'Marchetti', 'prenom': 'Delphine', 'ddn': "
                        "'1981-06-02', 'motif': 'VIH'}"
                    )
                }
            ]
        }
    ),
    "otel": j(
        {
            "resourceSpans": [
                {
                    "attributes": [
                        {"key": "patient.name", "value": {"stringValue": "Delphine Marchetti"}},
                        {"key": "patient.dob", "value": {"stringValue": "1981-06-02"}},
                        {"key": "patient.dx", "value": {"stringValue": "HIV"}},
                    ]
                }
            ]
        }
    ),
    "url": (
        "https://api.example.com/search?nom=Marchetti&prenom=Delphine&ddn=1981-06-02&motif=VIH"
    ),
    "openai_json": j(
        {
            "messages": [
                {"role": "system", "content": "Tu es secrétaire médicale"},
                {
                    "role": "user",
                    "content": (
                        "Rédige un courrier au Dr Petit pour Delphine Marchetti (02/06/1981), "
                        "VIH stade B, échec thérapeutique"
                    ),
                },
            ]
        }
    ),
    "curl_cmd": "curl -d 'nom=Marchetti&prenom=Delphine&ddn=1981-06-02&pathologie=VIH' https://x",
    "logfmt": (
        'level=info msg="patient admitted" nom=Marchetti prenom=Delphine ddn=1981-06-02 '
        'motif="VIH stade B"'
    ),
    "syslog": (
        "<134>Nov  3 10:00:00 dpi app[12]: ADMISSION IPP=80012345 NOM=MARCHETTI "
        'PRENOM=DELPHINE DDN=19810602 MOTIF="CHIMIOTHERAPIE CANCER SEIN"'
    ),
    "vcard": (
        "BEGIN:VCARD\nVERSION:3.0\nN:Marchetti;Delphine\nBDAY:1981-06-02\nNOTE:VIH stade "
        "B sous Triumeq\nEND:VCARD\n"
    ),
    "proto_txt": (
        'patient { last_name: "Marchetti" first_name: "Delphine" birth_date: '
        '"1981-06-02" conditions { text: "HIV" } }'
    ),
}
ORDINARY = {
    "salesforce": j(
        {
            "FirstName": "Delphine",
            "LastName": "Marchetti",
            "Phone": "0671221345",
            "Description": "Demande un devis pour 3 tensiomètres, service cardiologie",
        }
    ),
    "salesforce2": j(
        {
            "FirstName": "Paul",
            "LastName": "Martin",
            "Phone": "0671221345",
            "Description": "Commande de réactifs VIH et hépatite C, livraison lundi",
        }
    ),
    "hubspot": j(
        {
            "properties": [
                {"property": "firstname", "value": "Delphine"},
                {"property": "lastname", "value": "Marchetti"},
                {"property": "date_of_birth", "value": "1981-06-02"},
                {"property": "interests", "value": "running"},
            ]
        }
    ),
    "typeform": j(
        {
            "answers": [
                {"field": {"ref": "nom"}, "text": "Marchetti"},
                {"field": {"ref": "prenom"}, "text": "Delphine"},
                {"field": {"ref": "naissance"}, "date": "1981-06-02"},
                {"field": {"ref": "formation"}, "text": "Diabète : prise en charge"},
            ]
        }
    ),
    "mailchimp": j(
        {
            "email_address": "d.marchetti@wanadoo.fr",
            "merge_fields": {
                "FNAME": "Delphine",
                "LNAME": "Marchetti",
                "LIST": "Newsletter cancer",
            },
        }
    ),
    "segment": j(
        {
            "userId": "42",
            "traits": {
                "firstName": "Delphine",
                "lastName": "Marchetti",
                "birthday": "1981-06-02",
                "plan": "pro",
            },
        }
    ),
    "kafka": j(
        {
            "payload": {
                "CLIENT_NOM": "MARCHETTI",
                "CLIENT_PRENOM": "DELPHINE",
                "DT_NAISS": 4900,
                "LIB_PROD": "TEST VIH",
            }
        }
    ),
    "gsheets": j(
        {
            "values": [
                ["Nom", "Prénom", "Né le", "Service"],
                ["Marchetti", "Delphine", "02/06/1981", "Oncologie"],
                ["Quinquis", "Hippolyte", "23/11/1957", "Diabétologie"],
            ]
        }
    ),
    "gsheets_nohdr": j(
        {
            "values": [
                ["Marchetti", "Delphine", "02/06/1981", "Infirmière", "Dialyse"],
                ["Quinquis", "Hippolyte", "23/11/1957", "Brancardier", "Urgences"],
            ]
        }
    ),
    "jira": j(
        {
            "fields": {
                "summary": "HIV label truncated",
                "description": "The HIV status label is cut on small screens",
                "reporter": {"displayName": "Delphine Marchetti", "emailAddress": "d@x.fr"},
            }
        }
    ),
    "logfmt": (
        'level=info msg="user logged in" nom=Marchetti prenom=Delphine ddn=1981-06-02 '
        'role="cardiologie"'
    ),
    "product": (
        "name,phone,description\nPaul Martin,0671221345,Autotest VIH boîte de 10\nAnne "
        "Petit,0671221346,Lecteur de glycémie diabète\nLuc Roy,0671221347,Test de "
        "grossesse x20\n"
    ),
    "speaker": j(
        {
            "firstName": "Delphine",
            "lastName": "Marchetti",
            "phone": "0671221345",
            "description": "Cancer du sein : de la recherche au soin (conférence)",
        }
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_patient_is_found_in_what_services_take(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_else_services_take_passes(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])
