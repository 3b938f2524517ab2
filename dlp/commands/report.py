"""`dlp report`: what incidents amount to, for people and authorities."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlp.commands.made_up import made_up
from dlp.commands.output import data_dir_option, number, since, stores

if TYPE_CHECKING:
    from dlp.commands.output import Stores
    from dlp.report.document import Document

__all__ = ["report_group"]


@click.group("report")
def report_group() -> None:
    """Write reports from incidents."""


@report_group.command("breach", short_help="Gather what GDPR art. 33 and the CNIL's form ask for.")
@data_dir_option
@click.option("--since", "start", callback=since, metavar="AGE|DATE", help="As 7d, or 2026-01-31.")
@click.option(
    "--incident",
    "incidents",
    multiple=True,
    metavar="ID",
    type=number,
    help="This one; repeatable.",
)
@click.option(
    "--lang",
    type=click.Choice(["fr", "en"]),
    default="fr",
    show_default=True,
    help="In which language.",
)
@click.option("--pdf", "as_pdf", is_flag=True, help="As PDF instead of Markdown.")
@click.option("-o", "out", metavar="FILE", type=click.Path(path_type=Path), help="Where to.")
def breach(
    data_dir: Path,
    start: datetime | None,
    incidents: tuple[str, ...],
    lang: str,
    out: Path | None,
    *,
    as_pdf: bool,
) -> None:
    """Gather what article 33 of the GDPR and the CNIL's form ask for, masked.

    What a proxy can't know is marked for the controller to fill in.
    """
    as_pdf = as_pdf or (out is not None and out.suffix.lower() == ".pdf")
    if (start is None) == (not incidents):
        raise click.UsageError("which incidents? either --since or --incident")
    if as_pdf and out is None and sys.stdout.isatty():
        raise click.UsageError("a PDF is not for a terminal; -o FILE says where to")
    with stores(data_dir) as opened:
        document = _document(opened, start, incidents, lang)
    _write(document, out, as_pdf=as_pdf)


def _document(
    opened: Stores, start: datetime | None, incidents: tuple[str, ...], lang: str
) -> Document:
    from dlp.detect.entries import load_catalog
    from dlp.evidence.ledger import Filter
    from dlp.report.breach import breach
    from dlp.report.facts import Asked, gather

    if incidents:
        found = [opened.ledger.get(one) for one in dict.fromkeys(incidents)]
    else:
        found = opened.ledger.list(Filter(since=start))
    asked = Asked(
        incidents=found,
        used_releases=opened.ledger.used_releases(one.id for one in found),
        tests=(made_up(opened.keys),),
        allowed=[] if start is None else opened.allow.used(start.timestamp()),
    )
    return breach(
        gather(asked),
        language=lang,
        now=datetime.now(UTC),
        acts=opened.audit.head().number,
        names={entry.id: entry.title for entry in load_catalog()},
    )


def _write(document: Document, out: Path | None, *, as_pdf: bool) -> None:
    from dlp.evidence.errors import EvidenceError
    from dlp.evidence.files import write_whole
    from dlp.report.document import markdown

    if as_pdf:
        from dlp.report.pdf import pdf

        content = pdf(document)
    else:
        content = markdown(document).encode("utf-8")
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        written = write_whole(out, [content], replace=False)
    except EvidenceError as error:
        raise click.ClickException(str(error)) from None
    if not written:
        raise click.ClickException(f"{out}: is there already")
    click.echo(f"Written to {out}")
