"""Makes the files that the reading tests read."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter


class Sheet(FPDF):
    """A PDF in the making, with a running header and a page number on each page."""

    running_header = ""

    def header(self) -> None:
        self.set_font("Helvetica", size=8)
        self.cell(0, 8, self.running_header, new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.cell(0, 8, f"Seite {self.page_no()} von 3", align="C")

    def heading(self, text: str, size: int = 14) -> None:
        self.set_font("Helvetica", "B", size)
        self.cell(0, 10, text, new_x="LMARGIN", new_y="NEXT")

    def text_block(self, text: str) -> None:
        self.set_font("Helvetica", size=11)
        self.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(4)

    def picture(self) -> None:
        self.image(Image.new("RGB", (60, 60), (200, 30, 30)), x=20, y=40, w=60)


def pdf(write: Callable[[Sheet], object], header: str = "") -> bytes:
    """The bytes of a PDF that `write` fills; its first page is begun."""
    sheet = Sheet()
    sheet.running_header = header
    sheet.add_page()
    write(sheet)
    return bytes(sheet.output())


def pictures_only(pages: int = 1) -> bytes:
    """A PDF as a scanner makes it: a picture on each page and no text."""
    sheet = FPDF()
    for _ in range(pages):
        sheet.add_page()
        sheet.image(Image.new("RGB", (60, 60), (200, 30, 30)), x=20, y=40, w=60)
    return bytes(sheet.output())


def joined(*bodies: bytes) -> bytes:
    """One PDF with the pages of several."""
    writer = PdfWriter()
    for body in bodies:
        writer.append(PdfReader(BytesIO(body)))
    packed = BytesIO()
    writer.write(packed)
    return packed.getvalue()


def locked(body: bytes, *, user_password: str, algorithm: str) -> bytes:
    """`body` encrypted; with an empty user password everybody may read it."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(body)))
    writer.encrypt(user_password, owner_password="owner", algorithm=algorithm)
    packed = BytesIO()
    writer.write(packed)
    return packed.getvalue()


def word(write: Callable[[Any], object]) -> bytes:
    """The bytes of a Word document that `write` fills."""
    document = docx.Document()
    write(document)
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


def repacked(body: bytes, part: str, content: bytes) -> bytes:
    """The Word document `body` with one of its parts replaced."""
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(body)) as old, zipfile.ZipFile(packed, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return packed.getvalue()
