"""Triggers: which kinds of words say what a text is, and which of them are worth stopping for."""

from __future__ import annotations

__all__ = ["MEDICAL_TRIGGERS", "NAME_TRIGGERS", "ROLES", "TITLES", "TRIGGERS", "WEAK_TRIGGERS"]

# Beside what fields mean, the file holds words that say what a text is.
ROLES = frozenset({
    "patient", "letter", "colleague", "title", "career", "obituary", "business", "business_context",
})  # fmt: skip
# What is worth stopping for: who a person is. What is medical is read where somebody is.
TRIGGERS = frozenset({
    "last_name", "birth_name", "birth_date", "patient_id", "record_id", "insurer_id", "patient",
})  # fmt: skip
# Those of whose weak words a name of a field is.
WEAK_TRIGGERS = frozenset({"birth_date", "record_id"})
# Kinds of whose words a name of a field is, where `nom`, beside it, is a word of any text.
NAME_TRIGGERS = frozenset({"first_name"})
# Kinds of which a name of a field is, where somebody's name is called one, too, so near.
MEDICAL_TRIGGERS = frozenset({"diagnosis", "treatment", "analysis", "result"})
#: Kinds of whose weak words a title is where a list opens behind it.
TITLES = frozenset({"last_name", "full_name"})
