"""What a client is told when its message was stopped: a page, or RFC 9457 problem details."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mitmproxy import http

from dlp.evidence.incident import new_incident_id

if TYPE_CHECKING:
    from addons.messages import Decision

__all__ = ["basic_authorization", "refusal", "stopped", "unreached"]

_TEXTS = {
    "fr": {
        "title": "Envoi bloqué",
        "stopped": (
            "Ce que vous avez essayé d'envoyer semble contenir des données de santé concernant "
            "des personnes. L'envoi vers cette destination a été bloqué."
        ),
        "cut": (
            "Le début, où rien n'avait été reconnu, était déjà parti ; l'envoi a été "
            "interrompu avant ce qui a été reconnu, et reste incomplet."
        ),
        "ruled": (
            "Les règles de votre établissement ne permettent pas cet envoi vers cette destination. "
            "Il a été bloqué."
        ),
        "refused_cut": (
            "Ce que vous avez essayé d'envoyer n'a pas pu être contrôlé jusqu'au bout. Le début, "
            "contrôlé, était déjà parti ; par précaution, le reste n'a pas été transmis."
        ),
        "refused_title": "Envoi impossible à contrôler",
        "refused": (
            "Ce que vous avez essayé d'envoyer n'a pas pu être contrôlé. Par précaution, "
            "rien n'a été transmis."
        ),
        "identifier": "Des identifiants de santé ({persons})",
        "person": "1 personne",
        "persons": "{count} personnes",
        "before": (
            "Des personnes nommées une à une à la même destination en peu de temps ({persons})"
        ),
        "health": "Des informations de santé",
        "uninspectable": "Un contenu qui n'a pas pu être contrôlé",
        "found": "Ce qui a été reconnu",
        "incident": "Numéro d'incident",
        "ask": "Si vous pensez qu'il s'agit d'une erreur, communiquez ce numéro à {contact}.",
        "security": "l'équipe de sécurité informatique de votre établissement",
        "reason": "Motif",
        "unreached_title": "Serveur injoignable",
        "unreached": "Le serveur demandé n'a pas pu être joint. Rien ne lui a été envoyé.",
        "untrusted_title": "Certificat du serveur refusé",
        "untrusted": (
            "Le serveur demandé a présenté un certificat auquel le proxy ne fait pas confiance. "
            "Rien ne lui a été envoyé."
        ),
        "trust": (
            "S'il s'agit d'un serveur de votre établissement, son autorité de certification "
            "s'ajoute au proxy par le réglage upstream_ca (--upstream-ca, DLP_UPSTREAM_CA)."
        ),
        "ask_first": "Si cela persiste, adressez-vous à {contact}.",
    },
    "en": {
        "title": "Sending stopped",
        "stopped": (
            "What you tried to send appears to hold health data about people. "
            "Sending it to this destination was stopped."
        ),
        "cut": (
            "Its beginning, in which nothing was recognised, had been sent; it was broken off "
            "before what was recognised, and is incomplete there."
        ),
        "ruled": (
            "Your organisation's rules don't let this be sent to this destination. It was stopped."
        ),
        "refused_cut": (
            "What you tried to send could not be inspected to its end. Its beginning, which was "
            "inspected, had been sent; as a precaution, the rest was not."
        ),
        "refused_title": "Sending could not be inspected",
        "refused": (
            "What you tried to send could not be inspected. As a precaution, nothing was sent."
        ),
        "identifier": "Health identifiers ({persons})",
        "person": "1 person",
        "persons": "{count} people",
        "before": "People told of one by one to the same destination in a short time ({persons})",
        "health": "Health information",
        "uninspectable": "Content that could not be inspected",
        "found": "What was recognised",
        "incident": "Incident number",
        "ask": "If you believe this is a mistake, give this number to {contact}.",
        "security": "your organisation's IT security team",
        "reason": "Reason",
        "unreached_title": "Server not reached",
        "unreached": "The server could not be reached. Nothing was sent to it.",
        "untrusted_title": "Server's certificate not trusted",
        "untrusted": (
            "The server showed a certificate that the proxy does not trust. Nothing was sent to it."
        ),
        "trust": (
            "If it is a server of your organisation, its authority is added to the proxy by the "
            "setting upstream_ca (--upstream-ca, DLP_UPSTREAM_CA)."
        ),
        "ask_first": "If it goes on, ask {contact}.",
    },
}

_HTML = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
body {{ font: 1.05rem/1.55 system-ui, sans-serif; margin: 0; background: #f4f6f8; color: #1b2733; }}
main {{ max-width: 38rem; margin: 10vh auto; padding: 2rem 2.2rem; background: #fff;
  border-top: .35rem solid #b3261e; border-radius: .4rem; box-shadow: 0 1px 4px #0003; }}
h1 {{ font-size: 1.5rem; margin: 0 0 1rem; }}
h2 {{ font-size: 1rem; margin: 1.4rem 0 .3rem; }}
ul {{ margin: 0; padding-left: 1.2rem; }}
.id {{ font: 600 1.25rem ui-monospace, monospace; user-select: all; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
{found}{number}<p>{ask}</p>
</main>
</body>
</html>
"""


def stopped(request: http.Request, decision: Decision, contact: str) -> http.Response:
    """Return the answer to a request that may not pass."""
    texts = _TEXTS[_language(request)]
    if decision.status != 403:
        return refusal(
            request,
            reason=decision.reason,
            incident=decision.incident,
            contact=contact,
            cut=decision.sent > 0,
        )
    found = []
    evidence = decision.result.evidence if decision.result else None
    if evidence and evidence.subjects:
        count = evidence.subjects
        persons = texts["person"] if count == 1 else texts["persons"].format(count=count)
        found.append(texts["identifier"].format(persons=persons))
        if any(finding.category == "health" for finding in evidence.findings):
            found.append(texts["health"])
    if evidence and evidence.told_before:
        persons = texts["persons"].format(count=evidence.subjects_in_window)
        found.append(texts["before"].format(persons=persons))
    if evidence and evidence.uninspectable:
        found.append(texts["uninspectable"])
    title, text = "title", texts["stopped"]
    if decision.sent:
        text = f"{text} {texts['cut']}"
    if evidence and not (evidence.subjects or evidence.told_before):
        # Of what nobody could read it can't be said that it holds health data.
        if evidence.uninspectable:
            title, text = "refused_title", texts["refused_cut" if decision.sent else "refused"]
        elif not evidence.findings:
            text = texts["ruled"]
    return _answer(request, 403, texts[title], text, found, decision.incident, contact)


def refusal(
    request: http.Request,
    *,
    reason: str,
    incident: str = "",
    contact: str = "",
    cut: bool = False,
) -> http.Response:
    """Return the answer to a request that could not be inspected, and so may not pass.

    `cut`: its beginning had left.
    """
    texts = _TEXTS[_language(request)]
    found = [f"{texts['reason']}: {reason}"]
    incident = incident or new_incident_id()
    text = texts["refused_cut" if cut else "refused"]
    answer = _answer(request, 503, texts["refused_title"], text, found, incident, contact)
    if reason == "order":
        # What comes before it may have come by then.
        answer.headers["retry-after"] = "5"
    return answer


def unreached(request: http.Request, why: str) -> http.Response:
    """Return the answer to a request whose server can't be reached, or is not trusted.

    Args:
        request: The request.
        why: What the engine says of it.
    """
    texts = _TEXTS[_language(request)]
    kind = "untrusted" if "certificate" in why.lower() else "unreached"
    text = f"{texts[kind]} {texts['trust']}" if kind == "untrusted" else texts[kind]
    text = f"{text} {texts['reason']}: {why[:200]}"
    return _answer(request, 502, texts[f"{kind}_title"], text, [], "", "")


def basic_authorization(user: str) -> str:
    """Return the Authorization header that says what `user:password@` said in a URL."""
    credentials = unquote(user) if ":" in user else unquote(user) + ":"
    return "Basic " + base64.b64encode(credentials.encode("utf-8")).decode("ascii")


def _answer(
    request: http.Request,
    status: int,
    title: str,
    text: str,
    found: list[str],
    incident: str,
    contact: str,
) -> http.Response:
    language = _language(request)
    texts = _TEXTS[language]
    ask = texts["ask" if incident else "ask_first"].format(contact=contact or texts["security"])
    headers = {
        **({"x-dlp-incident": incident} if incident else {}),
        "content-language": language,
        "cache-control": "no-store",
        "vary": "accept, accept-language",
    }
    if _wants_problem(request):
        headers["content-type"] = "application/problem+json"
        body = json.dumps(
            {
                "type": "about:blank",
                "title": title,
                "status": status,
                "detail": f"{text} {ask}",
                **(
                    {"instance": f"urn:dlp:incident:{incident}", "incident": incident}
                    if incident
                    else {}
                ),
                "found": found,
            },
            ensure_ascii=False,
        )
    else:
        headers["content-type"] = "text/html; charset=utf-8"
        headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        number = f'<h2>{texts["incident"]}</h2>\n<p class="id">{html.escape(incident)}</p>\n'
        # What could not be read was not recognised as anything.
        heading = "" if title == texts["refused_title"] else f"<h2>{texts['found']}</h2>\n"
        items = "".join(f"<li>{html.escape(item)}</li>" for item in found)
        body = _HTML.format(
            language=language,
            title=html.escape(title),
            text=html.escape(text),
            found=f"{heading}<ul>{items}</ul>\n" if items else "",
            number=number if incident else "",
            ask=html.escape(ask),
        )
    # An answer to HEAD has no body, or the next answer on the connection would be misread.
    content = b"" if request.method == "HEAD" else body.encode("utf-8")
    return http.Response.make(status, content, headers)


def _quality(header: str) -> list[tuple[float, str]]:
    """Return (quality, value) of each member of an Accept-like header, best first (RFC 9110)."""
    members = []
    for position, member in enumerate(header.split(",")):
        value, _, parameters = member.strip().lower().partition(";")
        quality = 1.0
        name, _, number = parameters.strip().partition("=")
        if name.strip() == "q":
            try:
                quality = float(number)
            except ValueError:
                quality = 0.0
        if value and quality > 0:
            members.append((quality, -position, value.strip()))
    members.sort(reverse=True)
    return [(quality, value) for quality, _, value in members]


def _language(request: http.Request) -> str:
    for _, value in _quality(request.headers.get("accept-language", "")):
        language = value.partition("-")[0]
        if language in _TEXTS:
            return language
    return "fr"


def _wants_problem(request: http.Request) -> bool:
    for _, value in _quality(request.headers.get("accept", "")):
        if value in ("text/html", "application/xhtml+xml", "text/*", "*/*"):
            return False
        if value.endswith(("/json", "+json")):
            return True
    return False
