"""Publications that hide words from people in every way their format knows."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor
from fpdf import FPDF
from fpdf.enums import TextMode

SHOWN = "Der Verein lädt am Samstag alle Nachbarn zum Gießen der jungen Linden ein."
Hide = Callable[[str], tuple[str, bytes]]


def _pdf(hide: Callable[[FPDF, str], object]) -> Hide:
    def build(words: str) -> tuple[str, bytes]:
        sheet = FPDF()
        sheet.add_page()
        sheet.set_font("Helvetica", size=11)
        sheet.multi_cell(0, 6, SHOWN)
        sheet.ln(10)
        hide(sheet, words)
        return "blatt.pdf", bytes(sheet.output())

    return build


def _white(sheet: FPDF, words: str) -> None:
    sheet.set_text_color(255, 255, 255)
    sheet.multi_cell(0, 6, words)


def _tiny(sheet: FPDF, words: str) -> None:
    sheet.set_font("Helvetica", size=1)
    sheet.multi_cell(0, 1, words)


def _off_page(sheet: FPDF, words: str) -> None:
    sheet.text(-900, 50, words)


def _render_mode(sheet: FPDF, words: str) -> None:
    with sheet.local_context(text_mode=TextMode.INVISIBLE):
        sheet.multi_cell(0, 6, words)


def _transparent(sheet: FPDF, words: str) -> None:
    with sheet.local_context(fill_opacity=0):
        sheet.multi_cell(0, 6, words)


def _covered(sheet: FPDF, words: str) -> None:
    top = sheet.get_y()
    sheet.multi_cell(0, 6, words)
    sheet.set_fill_color(255, 255, 255)
    sheet.rect(0, top - 3, 210, 40, style="F")


def _properties_of(sheet: FPDF, words: str) -> None:
    sheet.set_subject(words)
    sheet.set_keywords(words)


def _annotation(sheet: FPDF, words: str) -> None:
    sheet.text_annotation(20, 60, words)


def _html(hide: str) -> Hide:
    def build(words: str) -> tuple[str, bytes]:
        page = (
            "<!doctype html><html lang='de'><head><meta charset='utf-8'><title>Blatt</title>"
            "<style>.unsichtbar { display: none } p { color: #222 }</style>"
            f"{'' if 'meta' not in hide else hide.format(words)}</head><body><main><article>"
            f"<h1>Gießen</h1><p>{SHOWN}</p>{'' if 'meta' in hide else hide.format(words)}"
            f"<p>Gießkannen stellen wir bereit, und wer mag, bringt etwas zu essen mit.</p>"
            "</article></main></body></html>"
        )
        return "blatt.html", page.encode()

    return build


def _word(hide: Callable[[Any, str], object]) -> Hide:
    def build(words: str) -> tuple[str, bytes]:
        made = docx.Document()
        made.add_paragraph(SHOWN)
        hide(made, words)
        packed = BytesIO()
        made.save(packed)
        return "blatt.docx", packed.getvalue()

    return build


def _run(made: Any, words: str) -> Any:
    return made.add_paragraph().add_run(words)


def _vanish(made: Any, words: str) -> None:
    _run(made, words).font.hidden = True


def _white_run(made: Any, words: str) -> None:
    _run(made, words).font.color.rgb = RGBColor(255, 255, 255)


def _tiny_run(made: Any, words: str) -> None:
    _run(made, words).font.size = Pt(1)


def _comment(made: Any, words: str) -> None:
    made.add_comment(made.paragraphs[0].runs, text=words, author="x", initials="x")


def _style(made: Any, words: str) -> None:
    made.styles.add_style("Notiz", 1).font.hidden = True
    made.add_paragraph(words, style="Notiz")


def _picture(made: Any, words: str) -> None:
    drawing = (
        f"<w:r {nsdecls('w', 'wp')}><w:drawing><wp:inline><wp:extent cx='1' cy='1'/>"
        f"<wp:docPr id='1' name='x' descr='{words}'/></wp:inline></w:drawing></w:r>"
    )
    made.add_paragraph()._p.append(parse_xml(drawing))


def _properties(made: Any, words: str) -> None:
    made.core_properties.comments = words
    made.core_properties.keywords = words
    made.core_properties.subject = words


def _text(name: str, hide: Callable[[str], str]) -> Hide:
    return lambda words: (name, f"# Blatt\n\n{SHOWN}\n\n{hide(words)}\n".encode())


HIDING: dict[str, Hide] = {
    "pdf_white": _pdf(_white),
    "pdf_tiny": _pdf(_tiny),
    "pdf_off_page": _pdf(_off_page),
    "pdf_render_mode": _pdf(_render_mode),
    "pdf_transparent": _pdf(_transparent),
    "pdf_covered": _pdf(_covered),
    "pdf_properties": _pdf(_properties_of),
    "pdf_annotation": _pdf(_annotation),
    "html_display_none": _html("<p style='display:none'>{}</p>"),
    "html_comment": _html("<!-- {} -->"),
    "html_aria_hidden": _html("<p aria-hidden='true'>{}</p>"),
    "html_hidden_attribute": _html("<p hidden>{}</p>"),
    "html_white": _html("<p style='color: #fff'>{}</p>"),
    "html_tiny": _html("<p>Wir <span style='font-size:0px'>{}</span> helfen gern dabei.</p>"),
    "html_off_screen": _html("<p style='position:absolute; left:-9999px'>{}</p>"),
    "html_template": _html("<template><p>{}</p></template>"),
    "html_alt": _html("<img src='/a.png' alt='{}'>"),
    "html_style_sheet": _html("<p class='unsichtbar'>{}</p>"),
    "html_opacity": _html("<div style='opacity: 0'><p>{}</p></div>"),
    "html_meta": _html("<meta name='description' content='{}'>"),
    "docx_vanish": _word(_vanish),
    "docx_white": _word(_white_run),
    "docx_tiny": _word(_tiny_run),
    "docx_comment": _word(_comment),
    "docx_style_vanish": _word(_style),
    "docx_alt": _word(_picture),
    "docx_properties": _word(_properties),
    "markdown_comment": _text("blatt.md", "<!-- {} -->".format),
    "markdown_link_title": _text("blatt.md", '[Näheres](/x "{}")'.format),
    "markdown_alt": _text("blatt.md", "![{}](/x.png)".format),
    "text_invisible": _text(
        "blatt.txt", lambda words: "".join(chr(0xE0000 + ord(one) % 128) for one in words)
    ),
}


def document(how: str, words: str) -> tuple[str, bytes]:
    """Return the name and the bytes of a publication that hides these words in this way."""
    return HIDING[how](words)
