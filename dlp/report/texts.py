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
        "left_out_of": "{count}, dont partis : {left}",
        "unread": "Envois illisibles, non comptés",
        "tests": "Essais de dlp doctor, non comptés",
        "summary": "1. Ce qui s'est passé",
        "first": "Premier incident",
        "last": "Dernier incident",
        "stopped": "Envois arrêtés avant d'atteindre le destinataire",
        "left": "Envois partis (notés seulement, libérés ou transmis)",
        "cut_off": "Dont interrompus en cours d'envoi",
        "cut_of": "{count} ; octets partis avant, sans rien de reconnu : {sent}",
        "channels": "Voies",
        "sources": "Expéditeurs",
        "destinations": "Destinataires",
        "all_stopped": (
            "Tous les envois retenus ont été arrêtés : rien de ce qui a été reconnu n'a atteint un "
            "destinataire. Le dossier documente des tentatives ; l'obligation de notifier dépend "
            "de l'analyse du responsable de traitement."
        ),
        "stopped_but_allowed": (
            "Tous les envois retenus ont été arrêtés, mais des entrées de la liste d'autorisation "
            "({entries}) ont laissé passer {messages} messages depuis leur création, dont au moins "
            "un pendant la période ou depuis : non comptés, ils ont pu contenir les mêmes données. "
            "Ce dossier ne dit donc pas que rien n'est parti."
        ),
        "some_left": (
            "Une partie des envois est partie. S'il s'agit d'une violation, la notification à la "
            "CNIL est due dans les 72 heures après en avoir pris connaissance ; au plus tôt, si la "
            "connaissance date du premier envoi parti : {deadline}."
        ),
        "some_before": (
            "Les envois retenus ont été arrêtés, mais ils terminent des séries de messages dont "
            "chacun ne parlait que d'une personne : environ {before} personnes y avaient déjà été "
            "nommées, dans des messages partis. S'il s'agit d'une violation, la notification à la "
            "CNIL est due dans les 72 heures après en avoir pris connaissance."
        ),
        "no_incidents": "Aucun incident ne correspond à la demande.",
        "none_count": (
            "Aucun incident n'est retenu : tous ceux de la demande ont été écartés, comme il est "
            "dit ci-dessus."
        ),
        "nature": "2. Nature de la violation",
        "kind": "Nature",
        "confidentiality": "Perte de confidentialité (divulgation non autorisée)",
        "attempt": "Tentative de divulgation, arrêtée (aucune perte de confidentialité constatée)",
        "attempt_but_allowed": (
            "Tentative de divulgation, arrêtée, pour les envois retenus ; à examiner pour les "
            "{messages} messages que {entries} ont laissé passer"
        ),
        "origin": "origine (interne ou externe, accidentelle ou malveillante) et circonstances.",
        "people_section": "3. Personnes concernées",
        "people_kind": "Catégories",
        "patients": "Patients ou assurés",
        "people": "Nombre de personnes, tous envois",
        "people_left": "Nombre de personnes dans les envois partis",
        "between": "entre {least} et {most}",
        "about": "environ {about} (entre {least} et {most})",
        "people_why": (
            "Une personne de plusieurs envois n'est comptée qu'une fois, par l'empreinte de "
            "son identifiant ou, sans identifiant, de son nom avec sa date de naissance ou ses "
            "coordonnées ; deux fois donc, si des envois la désignent autrement ou si la clé des "
            "empreintes a changé entre-temps. « Environ » : estimé d'après un échantillon des "
            "empreintes, juste dans 19 cas sur 20. « Entre » : les envois n'ont pas d'empreintes à "
            "comparer ; le nombre bas suppose les mêmes personnes dans tous, le haut que non."
        ),
        "people_part": (
            "Envois arrêtés avant d'avoir été lus jusqu'au bout : {count}. Seules comptent les "
            "personnes lues jusque-là ; il peut y en avoir davantage dans ce qui n'a pas été lu."
        ),
        "people_full": (
            "Envois de 5 000 personnes désignées sans identifiant, ou davantage : {count}. On n'en "
            "distingue pas plus par envoi ; le contenu mis en quarantaine dit combien elles sont."
        ),
        "people_before": (
            "Personnes nommées une à une avant l'arrêt, dans des messages ordinaires pris un à un "
            "et donc partis, à ajouter à ces nombres : environ {count}."
        ),
        "records": "Nombre approximatif d'enregistrements, envoi par envoi",
        "allowed": (
            "Envois que la liste d'autorisation a laissés passer, en tout ou partie, pendant la "
            "période ou depuis : non comptés ci-dessus."
        ),
        "allowed_columns": "Entrée|Vers|Messages depuis sa création|Dernier|Responsable|Motif",
        "data": "4. Catégories de données",
        "category": "Catégorie",
        "detail": "Précision",
        "distinct": "Valeurs distinctes, tous envois",
        "distinct_left": "Dans les envois partis",
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
        "measure_seal": (
            "Contenus mis sous scellés, chiffrés, pour examen : {count}, dont en partie : {part}."
        ),
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
        "columns": "Incident|Date|De|Vers|Personnes|Devenu|Examen",
        "stopped_way": "arrêté",
        "cut": "interrompu, {sent} octets sans rien de reconnu partis avant",
        "noted": "parti : noté seulement, selon la politique",
        "passed": "parti : libéré",
        "forwarded": "parti : transmis par un examinateur",
        "false_list": "Faux positifs écartés : {ids}.",
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
        "left_out_of": "{count}, of which left: {left}",
        "unread": "Transfers that could not be read, not counted",
        "tests": "Tests of dlp doctor, not counted",
        "summary": "1. What happened",
        "first": "First incident",
        "last": "Last incident",
        "stopped": "Transfers stopped before they reached a recipient",
        "left": "Transfers that left (noted only, released or forwarded)",
        "cut_off": "Of those stopped, broken off while being sent",
        "cut_of": "{count}; bytes that had left before, with nothing recognised: {sent}",
        "channels": "Ways",
        "sources": "Senders",
        "destinations": "Recipients",
        "all_stopped": (
            "All transfers taken into account were stopped: nothing of what was recognised has "
            "reached a recipient. The file documents attempts; whether notice is due is for the "
            "controller to assess."
        ),
        "stopped_but_allowed": (
            "All transfers taken into account were stopped, but entries of the allowlist "
            "({entries}) have let {messages} messages pass since they were made, at least one in "
            "the period or since: they are not counted, and may have held the same data. This file "
            "does not say, therefore, that nothing left."
        ),
        "some_left": (
            "Some of the transfers left. If they are a breach, the supervisory authority is to be "
            "notified within 72 hours of becoming aware of it; at the earliest, if that was when "
            "the first one left: {deadline}."
        ),
        "some_before": (
            "The transfers taken into account were stopped, but they end series of messages each "
            "of which told of one person only: about {before} people had been told of before, in "
            "messages that left. If that is a breach, the supervisory authority is to be notified "
            "within 72 hours of becoming aware of it."
        ),
        "no_incidents": "No incident matches what was asked for.",
        "none_count": (
            "No incident is taken into account: all that match were left out, as said above."
        ),
        "nature": "2. Nature of the breach",
        "kind": "Nature",
        "confidentiality": "Loss of confidentiality (unauthorised disclosure)",
        "attempt": "Attempted disclosure, stopped (no loss of confidentiality found)",
        "attempt_but_allowed": (
            "Attempted disclosure, stopped, as for the transfers taken into account; to be "
            "examined for the {messages} messages that {entries} let pass"
        ),
        "origin": "origin (internal or external, accidental or malicious) and circumstances.",
        "people_section": "3. People concerned",
        "people_kind": "Categories",
        "patients": "Patients or insured persons",
        "people": "Number of people, in all transfers",
        "people_left": "Number of people in transfers that left",
        "between": "between {least} and {most}",
        "about": "about {about} (between {least} and {most})",
        "people_why": (
            "A person in several transfers counts once, by the keyed hash of their identifier or, "
            "without one, of their name with their date of birth or a contact; twice, therefore, "
            'where transfers tell of them otherwise, or the key has changed in between. "About": '
            'estimated from a sample of the hashes, right in 19 cases of 20. "Between": the '
            "transfers have no hashes to compare; the low number supposes the same people in all, "
            "the high one that they are others."
        ),
        "people_part": (
            "Transfers that were stopped before they were read to their end: {count}. Only the "
            "people read until then are counted; there may be more in what was not read."
        ),
        "people_full": (
            "Transfers of 5,000 people told of without an identifier, or more: {count}. No more "
            "are told apart in a transfer; the quarantined content says how many they are."
        ),
        "people_before": (
            "People told of one by one before the stop, in messages that were ordinary by "
            "themselves and left, to be added to these numbers: about {count}."
        ),
        "records": "Approximate number of records, transfer by transfer",
        "allowed": (
            "Transfers that the allowlist let pass, wholly or in part, in the period or since: not "
            "counted above."
        ),
        "allowed_columns": "Entry|To|Messages since it was made|Last|Owner|Reason",
        "data": "4. Categories of data",
        "category": "Category",
        "detail": "Detail",
        "distinct": "Distinct values, in all transfers",
        "distinct_left": "In transfers that left",
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
        "measure_seal": "Contents sealed, encrypted, for review: {count}, {part} of them in part.",
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
        "columns": "Incident|Date|From|To|People|Became|Review",
        "stopped_way": "stopped",
        "cut": "broken off; {sent} bytes with nothing recognised had left",
        "noted": "left: noted only, as the policy says",
        "passed": "left: released",
        "forwarded": "left: forwarded by a reviewer",
        "false_list": "False positives left out: {ids}.",
        "open": "open",
        "released": "released",
        "rejected": "rejected",
    },
}
