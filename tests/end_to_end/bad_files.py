"""Odd files, one per row of the table in docs/bad-files.md: what it is, what is taken of it, and what `./lake runs` says."""

import bz2
import gzip
from dataclasses import dataclass
from typing import Any

FOLDER = "ingest_date=2026-01-01/"
HEADER = b"id|place|weight\n"
LONG = b"x" * 20_000  # where a pattern that tries twice would need a stack too deep for Java
WIDE = b"|".join([b"wide"] * 30_000)  # more fields than Spark's parser takes
COLUMNS = {"shipments": "id, place, weight", "memos": "id, words", "announcements": "gate, words"}


@dataclass(frozen=True, kw_only=True)
class BadFile:
    """An odd file.

    Attributes:
        what: for people.
        name: of the object, under the folder of its day.
        rows: what stands in the table of it: the columns in `COLUMNS`.
        apart: reasons of its records in quarantine, one per record.
        refused: what the reason says why it is not read; None where it is.
        before: what was landed under the name just before it.
    """

    what: str
    name: str
    body: bytes
    rows: tuple[tuple[Any, ...], ...] = ()
    apart: tuple[str, ...] = ()
    refused: str | None = None
    before: bytes | None = None
    dataset: str = "shipments"

    @property
    def key(self) -> str:
        return f"{self.dataset}/files/{FOLDER}{self.name}"

    @property
    def read(self) -> int:
        return len(self.rows) + len(self.apart)


def csv(*lines: bytes) -> bytes:
    return HEADER + b"".join(line + b"\n" for line in lines)


def oslo(*names: str) -> tuple[tuple[str, str, int], ...]:
    """Return the rows of `sent`."""
    return tuple((name, "Oslo", 7) for name in names)


def sent(*names: str) -> bytes:
    """Return a file without a fault."""
    return csv(*(f"{name}|Oslo|7".encode() for name in names))


def _blocks() -> bytes:
    """Return a file that is several blocks long when compressed."""
    return csv(*(f"block-{number}|{number * 7919 % 1_000_003}|7".encode() for number in range(20_000)))


def _between_blocks() -> bytes:
    """Return a bzip2 file that ends where a block does: its reader in Hadoop takes that for the end, and says nothing."""
    packed = bz2.compress(_blocks(), compresslevel=1)
    bits, marker = f"{int.from_bytes(packed):0{len(packed) * 8}b}", f"{0x314159265359:048b}"
    second = bits.index(marker, bits.index(marker) + 1)
    return packed[: second // 8 + 3]


def _flipped(packed: bytes) -> bytes:
    """Return a compressed file with some wrong bytes in its middle."""
    middle = len(packed) // 2
    return packed[:middle] + bytes(255 - byte for byte in packed[middle : middle + 8]) + packed[middle + 8 :]


FIELDS = "the line has {} fields, but the contract has 3"
QUOTES = "the line's quotes do not match; where values hold line breaks, the contract says so with lake.source.multiline"
NO_UTF_8 = "the line holds bytes that are not UTF-8"

HEADERS = (
    BadFile(what="A header with another name", name="other-name.csv", body=b"id|place|mass\nA1|Oslo|7\n", refused="lacks ['weight'] and has ['mass']"),
    BadFile(what="A header with a name more", name="more.csv", body=b"id|place|weight|hue\nA2|Oslo|7|red\n", rows=oslo("A2")),
    BadFile(what="A header with a name less", name="less.csv", body=b"id|place\nA3|Oslo\n", refused="lacks ['weight'] and has []"),
    BadFile(what="A header with a name twice", name="twice.csv", body=b"id|place|weight|id\nA4|Oslo|7|A4\n", refused="with ['id'] more than once"),
    BadFile(what="Another delimiter than the contract's", name="commas.csv", body=b"id,place,weight\nA5,Oslo,7\n", refused="the contract's delimiter is '|'"),
    BadFile(what="No header, where the contract has one", name="no-header.csv", body=b"A6|Oslo|7\n", refused="lacks ['id', 'place', 'weight']"),
    BadFile(what="Two headers in different orders", name="two-orders.csv", body=csv(b"A7|Oslo|7", b"place|id|weight", b"Oslo|A8|7"), refused="headers in different orders"),
    BadFile(what="A header in another order", name="reordered.csv", body=b"weight|id|place\n7|B1|Oslo\n", rows=oslo("B1")),
    BadFile(what="The header again in the middle", name="again.csv", body=sent("B2") + sent("B3"), rows=oslo("B2", "B3")),
    BadFile(what="A header in quotes", name="quoted-header.csv", body=b'"id"|"place"|"weight"\nB4|Oslo|7\n', rows=oslo("B4")),
    BadFile(what="A header and nothing else", name="header-alone.csv", body=HEADER),
)  # fmt: skip
LINES = (
    BadFile(what="A byte order mark", name="mark.csv", body=b"\xef\xbb\xbf" + sent("C1"), rows=oslo("C1")),
    BadFile(what="Line ends of Windows", name="crlf.csv", body=sent("C2", "C3").replace(b"\n", b"\r\n"), rows=oslo("C2", "C3")),
    BadFile(what="Line ends of the old Mac", name="cr.csv", body=sent("C4", "C5").replace(b"\n", b"\r"), rows=oslo("C4", "C5")),
    BadFile(what="Blank lines, first and between", name="blanks.csv", body=b"\n  \n" + csv(b"C6|Oslo|7", b"", b"C7|Oslo|7"), rows=oslo("C6", "C7")),
    BadFile(what="No line end at the end", name="no-end.csv", body=sent("C8").rstrip(), rows=oslo("C8")),
    BadFile(what="Delimiters and quotes within quotes", name="quotes.csv", body=csv(b'C9|"a|b ""c"""|7'), rows=(("C9", 'a|b "c"', 7),)),
    BadFile(what="A line break within quotes", name="line-break.csv", body=csv(b'D1|"Oslo', b'north"|7', b"D2|Oslo|7"), rows=oslo("D2"), apart=(QUOTES, QUOTES)),
    BadFile(what="Lines with too few and too many fields", name="fields.csv", body=csv(b"D3|Oslo", b"D4|Oslo|7|8", b"D5|Oslo|7"), rows=oslo("D5"), apart=(FIELDS.format(2), FIELDS.format(4))),
    BadFile(what="A value that is not of its type", name="types.csv", body=csv(b"D6|Oslo|heavy", b"D7|Oslo|7"), rows=oslo("D7"), apart=("weight: 'heavy' is not int",)),
    BadFile(what="A key that is missing", name="no-key.csv", body=csv(b"|Oslo|7", b"D8|Oslo|7"), rows=oslo("D8"), apart=("id is missing",)),
    BadFile(what="Bytes that are not UTF-8", name="latin.csv", body=csv(b"D9|Malm\xf6|7", b"E1|Oslo|7"), rows=oslo("E1"), apart=(NO_UTF_8,)),
    BadFile(what="30,000 fields in a line", name="wide.csv", body=csv(WIDE, b"E2|Oslo|7"), rows=oslo("E2"), apart=(FIELDS.format("30000"),)),
    BadFile(what="A long text in quotes, and a field too many", name="long.csv", body=csv(b'E3|"' + LONG + b'"|7|8', b"E4|Oslo|7"), rows=oslo("E4"), apart=(FIELDS.format(4),)),
    BadFile(what="UTF-16", name="utf-16.csv", body=sent("E5").decode().encode("utf-16"), refused="written in UTF-16"),
    BadFile(what="UTF-16 without a byte order mark", name="utf-16-bare.csv", body=sent("E6").decode().encode("utf-16-le"), refused="UTF-16 without a byte order mark"),
    BadFile(what="UTF-32", name="utf-32.csv", body=sent("E7").decode().encode("utf-32"), refused="written in UTF-32"),
)  # fmt: skip
ARCHIVES = (
    BadFile(what="gzip", name="one.csv.gz", body=gzip.compress(sent("F1")), rows=oslo("F1")),
    BadFile(what="gzip in two parts", name="two.csv.gz", body=gzip.compress(sent("F2")) + gzip.compress(b"F3|Oslo|7\n"), rows=oslo("F2", "F3")),
    BadFile(what="bzip2", name="one.csv.bz2", body=bz2.compress(sent("F4")), rows=oslo("F4")),
    BadFile(what="bzip2 in two parts", name="two.csv.bz2", body=bz2.compress(sent("F5")) + bz2.compress(b"F6|Oslo|7\n"), rows=oslo("F5", "F6")),
    BadFile(what="Zstandard", name="one.csv.zst", body=b"\x28\xb5\x2f\xfd\x24\x01\x09\x00\x00a", refused="for Zstandard, and only gzip and bzip2 are read"),
    BadFile(what="LZ4", name="one.csv.lz4", body=sent("F7"), refused="for LZ4, and only gzip and bzip2 are read"),
    BadFile(what="ZIP", name="one.zip", body=b"PK\x03\x04" + sent("F8"), refused="it is a ZIP file"),
    BadFile(what="Parquet, where the contract says csv", name="one.parquet.csv", body=b"PAR1" + bytes(20) + b"PAR1", refused="it is a Parquet file"),
    BadFile(what="gzip under a name that does not say so", name="unsaid.csv", body=gzip.compress(sent("F9")), refused="its name does not end in .gz"),
    BadFile(what="gzip within gzip", name="again.csv.gz", body=gzip.compress(gzip.compress(sent("G1"))), refused="within gzip it is gzip again"),
    BadFile(what="Text under a name that says gzip", name="text.csv.gz", body=sent("G2"), refused="not a readable gzip file"),
    BadFile(what="Text under a name that says bzip2", name="text.csv.bz2", body=sent("G3"), refused="not a readable bzip2 file"),
    BadFile(what="gzip that is cut off", name="cut.csv.gz", body=gzip.compress(_blocks())[:-9], refused="the gzip file is truncated"),
    BadFile(what="bzip2 that is cut off", name="cut.csv.bz2", body=bz2.compress(_blocks())[:-30], refused="the bzip2 file is truncated"),
    BadFile(what="bzip2 that is cut off between two blocks", name="between.csv.bz2", body=_between_blocks(), refused="the bzip2 file is truncated"),
    BadFile(what="gzip with wrong bytes in it", name="wrong.csv.gz", body=_flipped(gzip.compress(_blocks())), refused="not a readable gzip file"),
    BadFile(what="bzip2 with wrong bytes in it", name="wrong.csv.bz2", body=_flipped(bz2.compress(_blocks())), refused="not a readable bzip2 file"),
    BadFile(what="Nothing, in gzip", name="nothing.csv.gz", body=gzip.compress(b"")),
)  # fmt: skip
NAMES = (
    BadFile(what="An empty object", name="empty.csv", body=b""),
    BadFile(what="Blank lines alone", name="blank.csv", body=b"\n \n\n"),
    BadFile(what="Spaces, =, + and % in the name", name="part=north west/a b+c 100%20=x.csv", body=sent("H1"), rows=oslo("H1")),
    BadFile(what="Letters of other scripts in the name", name="Größe-年.csv", body=sent("H2"), rows=oslo("H2")),
    BadFile(what="Letters of patterns in the name", name="a[1]{b}*?,c.csv", body=sent("H3"), rows=oslo("H3")),
    BadFile(what="A letter and its accent as two signs in the name", name="e\u0301.csv", body=sent("H4"), rows=oslo("H4")),
    BadFile(what="A name that begins with _", name="_later.csv", body=sent("H5"), refused="keeps for a writer's own files"),
    BadFile(what="A name in a folder that begins with .", name=".work/part.csv", body=sent("H6"), refused="keeps for a writer's own files"),
    BadFile(what="An object overwritten before it was read", name="overwritten.csv", before=sent("H7"), body=sent("H8"), rows=oslo("H8")),
)  # fmt: skip
MEMOS = (
    BadFile(what="Line breaks within quotes, as the contract says", name="breaks.csv", body=b'A1;"one\ntwo, ""three"""\nA2;"four\r\n\r\nfive"\r\nA3;six\n', rows=(("A1", 'one\ntwo, "three"'), ("A2", "four\r\n\r\nfive"), ("A3", "six")), dataset="memos"),
    BadFile(what="The same, compressed", name="breaks.csv.bz2", body=bz2.compress(b'A4;"one\ntwo"\n'), rows=(("A4", "one\ntwo"),), dataset="memos"),
    BadFile(what="A byte order mark and no header", name="mark.csv", body=b"\xef\xbb\xbfB1;one\n", rows=(("B1", "one"),), dataset="memos"),
    BadFile(what="A quote that is never closed", name="open.csv", body=b'C1;one\nC2;"two\nC3;three\n', rows=(("C1", "one"),), apart=("the line's quotes do not match",), dataset="memos"),
    BadFile(what="Quotes that are no more than letters", name="inches.csv", body=b'E1;5" pipe\nE2;6" tube\n', rows=(("E1", '5" pipe'), ("E2", '6" tube')), dataset="memos"),
    BadFile(what="UTF-16, and no header", name="utf-16.csv", body="D1;one\n".encode("utf-16"), refused="written in UTF-16", dataset="memos"),
)  # fmt: skip
GATE = b'{"called_at": "2013-12-24T16:05:00Z", "gate": "%s", "text": "x"}\n'
NO_OBJECT = "the line is not a JSON object"
ANNOUNCEMENTS = (
    BadFile(what="JSON with a byte order mark", name="mark.json", body=b"\xef\xbb\xbf" + GATE % b"A1", rows=(("A1", "x"),), dataset="announcements"),
    BadFile(what="JSON over several lines", name="pretty.json", body=b'[\n{"gate": "A2"},\n', apart=(NO_OBJECT, "called_at is missing"), dataset="announcements"),
    BadFile(what="JSON in UTF-16", name="utf-16.json", body=(GATE % b"A3").decode().encode("utf-16"), refused="written in UTF-16", dataset="announcements"),
    BadFile(what="JSON in bzip2 that is cut off between two blocks", name="between.json.bz2", body=_between_blocks(), refused="the bzip2 file is truncated", dataset="announcements"),
    BadFile(what="Text under a name that says bzip2, and no header to show it", name="text.json.bz2", body=GATE % b"A4", refused="not a readable bzip2 file", dataset="announcements"),
)  # fmt: skip
BAD_FILES = (*HEADERS, *LINES, *ARCHIVES, *NAMES, *MEMOS, *ANNOUNCEMENTS)
