"""Why a file cannot become a publication, told so that the person who handed it in can act."""

from enum import StrEnum


class Reason(StrEnum):
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    SCANNED = "scanned"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    NO_TEXT = "no_text"
    TIMEOUT = "timeout"


_GERMAN = {
    Reason.EMPTY: "Die Datei ist leer: bitte prüfen, ob sie richtig gespeichert wurde, und sie "
    "noch einmal hochladen.",
    Reason.ENCRYPTED: "Die Datei ist mit einem Passwort geschützt: bitte eine Fassung ohne "
    "Passwort hochladen.",
    Reason.SCANNED: "Die Datei enthält nur Bilder von Seiten: bitte das Original oder eine Fassung "
    "mit Texterkennung (OCR) hochladen.",
    Reason.DAMAGED: "Die Datei ist beschädigt oder unvollständig: bitte neu speichern oder "
    "exportieren und noch einmal hochladen.",
    Reason.TOO_LARGE: "Die Datei ist zu groß: bitte ohne Bilder speichern oder in Teilen "
    "hochladen.",
    Reason.UNSUPPORTED: "Dieses Dateiformat wird nicht gelesen: bitte als PDF, Word-Dokument "
    "(.docx), Webseite, Markdown oder Text hochladen.",
    Reason.NO_TEXT: "In der Datei wurde kein lesbarer Text gefunden: bitte prüfen, ob es die "
    "richtige ist, oder den Text selbst als Datei hochladen.",
    Reason.TIMEOUT: "Das Lesen der Datei dauert zu lange: bitte ohne Bilder speichern oder in "
    "Teilen hochladen.",
}

_ENGLISH = {
    Reason.EMPTY: "The file is empty: check that it was saved properly and upload it again.",
    Reason.ENCRYPTED: "The file is protected by a password: upload a version without one.",
    Reason.SCANNED: "The file contains only pictures of pages: upload the original or a version "
    "with text recognition (OCR).",
    Reason.DAMAGED: "The file is damaged or incomplete: save or export it again and upload it "
    "once more.",
    Reason.TOO_LARGE: "The file is too large: save it without pictures or upload it in parts.",
    Reason.UNSUPPORTED: "This file format is not read: upload a PDF, a Word document (.docx), a "
    "web page, Markdown or plain text.",
    Reason.NO_TEXT: "No readable text was found in the file: check that it is the right one, or "
    "upload the text itself as a file.",
    Reason.TIMEOUT: "Reading the file takes too long: save it without pictures or upload it in "
    "parts.",
}


class Unreadable(Exception):
    """The file is refused; `german` and `english` say in one sentence what to do."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_ENGLISH[reason])
        self.reason = reason
        self.german = _GERMAN[reason]
        self.english = _ENGLISH[reason]
