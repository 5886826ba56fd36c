"""Bind the demo world's PDF and DOCX publications from their Markdown sources.

Run `python -m tests.make_world_documents` after a source has changed. The same source always
gives the same bytes: every date inside a document is the date of its front matter.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import yaml
from docx import Document
from docx.document import Document as DocxDocument
from fpdf import FPDF

WORLD = Path(__file__).resolve().parents[1] / "services" / "demo" / "world"
SOURCES = WORLD / "sources"
PUBLICATIONS = WORLD / "publications"

_HEADING = re.compile(r"(#{1,3}) (.+)")
_NUMBERED = re.compile(r"\d+\. ")


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list or table; `lines` are its texts, items or `|`-free table cells."""

    kind: Literal["heading", "paragraph", "bullets", "numbers", "table"]
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    level: int = 0


@dataclass(frozen=True)
class Source:
    """A publication before binding; `suffix` is `.pdf` or `.docx`, taken from its address."""

    name: str
    title: str
    subtitle: str
    author: str
    published: datetime
    language: str
    suffix: str
    blocks: tuple[Block, ...]


def read_source(path: Path) -> Source:
    """Parse one Markdown source; raises `ValueError` when the front matter is not closed."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    meta = yaml.safe_load(front)
    day = meta["date"]
    return Source(
        name=path.stem,
        title=meta["title"],
        subtitle=meta["subtitle"],
        author=meta["author"],
        published=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
        language=meta["language"],
        suffix=Path(meta["url"]).suffix,
        blocks=tuple(parse_blocks(body)),
    )


def parse_blocks(body: str) -> Iterator[Block]:
    """Yield the blocks of Markdown whose blocks are separated by blank lines."""
    for chunk in re.split(r"\n\s*\n", body.strip()):
        lines = tuple(line.strip() for line in chunk.splitlines())
        heading = _HEADING.fullmatch(lines[0])
        if heading and len(lines) == 1:
            yield Block("heading", (heading[2],), level=len(heading[1]))
        elif all(line.startswith("- ") for line in lines):
            yield Block("bullets", tuple(line.removeprefix("- ") for line in lines))
        elif all(_NUMBERED.match(line) for line in lines):
            yield Block("numbers", tuple(_NUMBERED.sub("", line, count=1) for line in lines))
        elif all(line.startswith("|") for line in lines):
            rows = tuple(tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in lines)
            yield Block("table", rows=(rows[0], *rows[2:]))
        else:
            yield Block("paragraph", (" ".join(lines),))


class _Page(FPDF):  # type: ignore[misc, unused-ignore]
    """A4 with a running title and page numbers, as printed reports have them."""

    def __init__(self, running_title: str) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "cp1252"
        self.running_title = running_title
        self.set_margins(left=24, top=22, right=24)
        self.set_auto_page_break(auto=True, margin=24)

    def footer(self) -> None:
        self.set_y(-16)
        self.set_font("Helvetica", size=8)
        self.cell(0, 5, f"{self.running_title}  |  {self.page_no()}", align="C")


def pdf_bytes(source: Source) -> bytes:
    """Bind a source as PDF with the standard fonts; raises on a character outside cp1252."""
    page = _Page(source.title)
    page.set_title(source.title)
    page.set_author(source.author)
    page.set_lang(source.language)
    page.set_creation_date(source.published)
    page.add_page()
    page.set_font("Helvetica", "B", 20)
    page.multi_cell(0, 9, source.title, align="L", new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", size=11)
    byline = f"{source.subtitle}\n{source.author}\n{source.published:%d.%m.%Y}"
    page.multi_cell(0, 6, byline, align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(6)
    for block in source.blocks:
        _print_block(page, block)
    return bytes(page.output())


def _print_block(page: _Page, block: Block) -> None:
    if block.kind == "heading":
        page.ln(2)
        page.set_font("Helvetica", "B", 16 - 2 * block.level)
        page.multi_cell(0, 7, block.lines[0], align="L", new_x="LMARGIN", new_y="NEXT")
    elif block.kind == "table":
        page.set_font("Helvetica", size=9.5)
        with page.table(text_align="LEFT", line_height=5) as table:
            for cells in block.rows:
                table.row(cells)
    else:
        page.set_font("Helvetica", size=10.5)
        for number, line in enumerate(block.lines, start=1):
            mark = {"bullets": "• ", "numbers": f"{number}. "}.get(block.kind, "")
            page.multi_cell(0, 5.4, mark + line, align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(2.5)


def docx_bytes(source: Source) -> bytes:
    """Bind a source as DOCX with real heading styles and core properties."""
    document = Document()
    facts = document.core_properties
    facts.title, facts.subject, facts.author = source.title, source.subtitle, source.author
    facts.last_modified_by, facts.language = source.author, source.language
    facts.comments = ""
    facts.created = facts.modified = source.published.replace(tzinfo=None)
    document.add_heading(source.title, level=0)
    document.add_paragraph(source.subtitle, style="Subtitle")
    document.add_paragraph(f"{source.author}, {source.published:%d.%m.%Y}")
    for block in source.blocks:
        _write_block(document, block)
    draft = io.BytesIO()
    document.save(draft)
    return _with_fixed_times(draft, source.published)


def _write_block(document: DocxDocument, block: Block) -> None:
    if block.kind == "heading":
        document.add_heading(block.lines[0], level=block.level)
    elif block.kind == "table":
        table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light List")
        for row in block.rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    else:
        style = {"bullets": "List Bullet", "numbers": "List Number"}.get(block.kind)
        for line in block.lines:
            document.add_paragraph(line, style=style)


def _with_fixed_times(archive: io.BytesIO, moment: datetime) -> bytes:
    stamp = (moment.year, moment.month, moment.day, moment.hour, 0, 0)
    result = io.BytesIO()
    with zipfile.ZipFile(archive) as drafted, zipfile.ZipFile(result, "w") as bound:
        for entry in drafted.infolist():
            part = zipfile.ZipInfo(entry.filename, date_time=stamp)
            part.compress_type = zipfile.ZIP_DEFLATED
            bound.writestr(part, drafted.read(entry))
    return result.getvalue()


def bind(source: Source) -> bytes:
    """Bind a source in the format its address names; raises `KeyError` for any other format."""
    return {".pdf": pdf_bytes, ".docx": docx_bytes}[source.suffix](source)


def main() -> None:
    """Write every bound publication beside the others."""
    for path in sorted(SOURCES.glob("*.md")):
        source = read_source(path)
        (PUBLICATIONS / f"{source.name}{source.suffix}").write_bytes(bind(source))


if __name__ == "__main__":
    main()
