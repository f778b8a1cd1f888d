"""What is refused of a workbook before anybody reads it.

A workbook is a ZIP of XML parts, and what reads them keeps texts whole. Here each part is unpacked
once, a megabyte at a time, and only looked at: some tenths of a second for the largest that there
may be, and no memory.
"""

import re
import zipfile
from pathlib import Path
from typing import IO

from obrador.integrations.pos_files.errors import UnreadableFile
from obrador.kit.errors import TooLarge

_MOST_UNPACKED = 1 << 29
_MOST_TEXTS = 1 << 27
"""Bytes of the part that cells share their texts from, which is kept whole."""
_MOST_PARTS = 2_000
_MOST_DENSE = 200
"""Times as large as packed: the most repetitive sheets are packed to a fiftieth;"""
_SMALL = 10_000_000
"""and what is so small may be whatever it likes."""
_PIECE = 1 << 20
_OVERLAP = 16
_TRICKS = re.compile(rb"<!DOCTYPE|<!ENTITY|<!\[CDATA\[|\0")
"""Entities that unpack to more or lead to other files, text that markup hides in, and encodings
in which none of these would be seen. Spreadsheet programs write nothing of the kind."""
_OTHER_ENCODING = re.compile(
    rb"""^<\?xml[^>]*encoding\s*=\s*["'](?!utf-?8["']|us-ascii["'])""", re.I
)
_XML = re.compile(rb"^(\xef\xbb\xbf)?\s*<")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def refuse_bombs(path: Path) -> None:
    """Look at what the workbook unpacks to. A member unpacks to no more than it says.

    Raises:
        TooLarge: to more than a workbook should.
        UnreadableFile: to what no spreadsheet program writes.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members)
        if unpacked > _MOST_UNPACKED or unpacked > max(_SMALL, _MOST_DENSE * packed):
            raise TooLarge(
                "{file} unpacks to {size:,.0f} MB; save the sheet as CSV instead.",
                file=path.name,
                size=unpacked / 1e6,
            )
        if len(members) > _MOST_PARTS:
            raise TooLarge(
                "{file} has {count:,} parts; save the sheet as CSV instead.",
                file=path.name,
                count=len(members),
            )
        for member in members:
            if member.filename.endswith("sharedStrings.xml") and member.file_size > _MOST_TEXTS:
                raise TooLarge(
                    "{file} has too much text; save the sheet as CSV instead.", file=path.name
                )
            with archive.open(member) as part:
                _look_at(part, path.name)


def _look_at(part: IO[bytes], name: str) -> None:
    piece = part.read(_PIECE)
    if piece.startswith(_UTF_16) or _OTHER_ENCODING.match(piece.removeprefix(b"\xef\xbb\xbf")):
        raise _odd(name)
    if not _XML.match(piece):
        return  # a picture
    tail = b""
    while piece:
        if _TRICKS.search(tail + piece):
            raise _odd(name)
        if len(piece) == _PIECE and b"<" not in piece:
            raise UnreadableFile(
                "{file} has a cell with over {most:,} characters: shorten or delete it.",
                file=name,
                most=_PIECE // 2,
            )
        tail, piece = piece[-_OVERLAP:], part.read(_PIECE)


def _odd(name: str) -> UnreadableFile:
    return UnreadableFile(
        "{file} holds what no spreadsheet program writes: open it in one and save it again.",
        file=name,
    )
