"""What a breach report says in each language."""

from __future__ import annotations

__all__ = ["LANGUAGES", "TEXTS"]

LANGUAGES = ("fr", "en")

TEXTS = {
    "fr": {
        "title": "Éléments pour une notification de violation de données (RGPD, art. 33)",
        "footer": "Établi par dlp à partir du registre des incidents. Aucune donnée en clair.",
        "date": "%d/%m/%Y à %H:%M UTC",
        "none": "aucun",
        "to_fill": "À compléter par le responsable de traitement : ",
        "made": "Établi le",
        "scope": "Incidents retenus",
        "left_out": "Faux positifs écartés",
        "summary": "1. Ce qui s'est passé",
        "first": "Premier incident",
        "last": "Dernier incident",
        "stopped": "Envois arrêtés avant d'atteindre le destinataire",
        "left": "Envois partis",
        "channels": "Voies",
        "sources": "Expéditeurs",
        "destinations": "Destinataires",
        "all_stopped": (
            "Tous les envois retenus ont été arrêtés : rien n'a atteint un destinataire. Le "
            "dossier documente des tentatives ; l'obligation de notifier dépend de l'analyse du "
            "responsable de traitement."
        ),
        "some_left": (
            "Une partie des envois est partie. S'il s'agit d'une violation, la notification à la "
            "CNIL est due dans les 72 heures après en avoir pris connaissance ; au plus tôt, si la "
            "connaissance date du premier envoi parti : {deadline}."
        ),
        "no_incidents": "Aucun incident ne correspond à la demande.",
        "nature": "2. Nature de la violation",
        "kind": "Nature",
        "confidentiality": "Perte de confidentialité (divulgation non autorisée)",
        "attempt": "Tentative de divulgation, arrêtée (aucune perte de confidentialité constatée)",
        "origin": "origine (interne ou externe, accidentelle ou malveillante) et circonstances.",
        "people_section": "3. Personnes concernées",
        "people_kind": "Catégories",
        "patients": "Patients ou assurés",
        "people": "Nombre approximatif de personnes",
        "between": "entre {least} et {most}",
        "people_why": (
            "Chaque contenu n'est compté qu'une fois. Le nombre bas suppose que les contenus "
            "concernent les mêmes personnes, le nombre haut que non."
        ),
        "records": "Nombre approximatif d'enregistrements",
        "data": "4. Catégories de données",
        "category": "Catégorie",
        "detail": "Précision",
        "distinct": "Valeurs distinctes",
        "example": "Exemple masqué",
        "identifier": "Numéro d'identification",
        "health": "Données de santé (catégorie particulière, art. 9)",
        "person": "État civil ou coordonnées avec une information médicale",
        "consequences": "5. Conséquences probables",
        "consequences_text": (
            "Atteinte au secret médical et à la vie privée ; usurpation d'identité et fraude par "
            "les numéros d'identification ; hameçonnage ciblé, chantage ou discrimination par les "
            "informations de santé."
        ),
        "severity": (
            "gravité pour les personnes (négligeable, limitée, importante, maximale) et sa "
            "justification."
        ),
        "measures": "6. Mesures prises",
        "measure_stop": "Envois arrêtés par le filtrage en sortie avant d'être complets : {count}.",
        "measure_seal": "Contenus mis sous scellés, chiffrés, pour examen : {count}.",
        "measure_review": "Incidents examinés : {reviewed} ; encore à examiner : {open}.",
        "measure_audit": "Actes d'administration dans un journal chaîné : {head}.",
        "measure_policy": "Politiques en vigueur lors des décisions : {policies}.",
        "measures_more": "autres mesures prises ou envisagées, et information des personnes.",
        "contacts": "7. Responsable de traitement et délégué à la protection des données",
        "contacts_fill": (
            "responsable de traitement ; nom et coordonnées du délégué à la protection des "
            "données ; date de prise de connaissance ; motif d'un retard au-delà de 72 heures."
        ),
        "annex": "Annexe. Incidents",
        "columns": "Incident|Date|De|Vers|Personnes|Action|Examen",
        "fate_stopped": "arrêté",
        "fate_left": "parti",
        "open": "à examiner",
        "released": "libéré",
        "rejected": "rejeté",
    },
    "en": {
        "title": "Facts for the notification of a personal data breach (GDPR, Art. 33)",
        "footer": "Made by dlp from the ledger of incidents. No data in clear.",
        "date": "%Y-%m-%d %H:%M UTC",
        "none": "none",
        "to_fill": "For the controller to fill in: ",
        "made": "Made on",
        "scope": "Incidents taken into account",
        "left_out": "False positives left out",
        "summary": "1. What happened",
        "first": "First incident",
        "last": "Last incident",
        "stopped": "Transfers stopped before they reached a recipient",
        "left": "Transfers that left",
        "channels": "Ways",
        "sources": "Senders",
        "destinations": "Recipients",
        "all_stopped": (
            "All transfers taken into account were stopped: nothing has reached a recipient. The "
            "file documents attempts; whether notice is due is for the controller to assess."
        ),
        "some_left": (
            "Some of the transfers left. If they are a breach, the supervisory authority is to be "
            "notified within 72 hours of becoming aware of it; at the earliest, if that was when "
            "the first one left: {deadline}."
        ),
        "no_incidents": "No incident matches what was asked for.",
        "nature": "2. Nature of the breach",
        "kind": "Nature",
        "confidentiality": "Loss of confidentiality (unauthorised disclosure)",
        "attempt": "Attempted disclosure, stopped (no loss of confidentiality found)",
        "origin": "origin (internal or external, accidental or malicious) and circumstances.",
        "people_section": "3. People concerned",
        "people_kind": "Categories",
        "patients": "Patients or insured persons",
        "people": "Approximate number of people",
        "between": "between {least} and {most}",
        "people_why": (
            "Each content counts once. The low number supposes that contents are about the same "
            "people, the high one that they are not."
        ),
        "records": "Approximate number of records",
        "data": "4. Categories of data",
        "category": "Category",
        "detail": "Detail",
        "distinct": "Distinct values",
        "example": "Masked example",
        "identifier": "Identification number",
        "health": "Data concerning health (special category, Art. 9)",
        "person": "Identity or contact details with medical information",
        "consequences": "5. Likely consequences",
        "consequences_text": (
            "Breach of medical secrecy and privacy; identity theft and fraud by identification "
            "numbers; targeted phishing, blackmail or discrimination by health information."
        ),
        "severity": "severity for the people (negligible, limited, significant, maximum), and why.",
        "measures": "6. Measures taken",
        "measure_stop": "Transfers stopped by egress filtering before they were complete: {count}.",
        "measure_seal": "Contents sealed, encrypted, for review: {count}.",
        "measure_review": "Incidents reviewed: {reviewed}; still to be reviewed: {open}.",
        "measure_audit": "Acts of administrators, kept in a hash chain: {head}.",
        "measure_policy": "Policies in force when it was decided: {policies}.",
        "measures_more": "other measures taken or proposed, and communication to the people.",
        "contacts": "7. Controller and data protection officer",
        "contacts_fill": (
            "controller; name and contact details of the data protection officer; when they became "
            "aware; reasons for a delay beyond 72 hours."
        ),
        "annex": "Annex. Incidents",
        "columns": "Incident|Date|From|To|People|Action|Review",
        "fate_stopped": "stopped",
        "fate_left": "left",
        "open": "open",
        "released": "released",
        "rejected": "rejected",
    },
}
