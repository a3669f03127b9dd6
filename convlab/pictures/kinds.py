"""What a file is that cannot be read as a picture, put so that its owner knows what to do."""

import io
import struct
from typing import BinaryIO

from PIL import TiffImagePlugin

from convlab.errors import N_, UserError

_UNREAD = {
    "format": N_("The file's format is {kind}, which ConvLab cannot read: please export it as JPEG or PNG."),
    "HEIC": N_(
        "The file's format is HEIC, as iPhones take photos, which ConvLab cannot read: "
        "please export it as JPEG, or choose Most Compatible in the phone's camera settings."
    ),
    "RAW": N_("This is a camera's RAW file, which ConvLab cannot read: please export it as JPEG."),
    "video": N_("This is a video, which ConvLab cannot read: please save one of its pictures as PNG."),
    "page": N_("This is a web page, not a picture: please save the picture on it by itself."),
    "zip": N_("This is a zip archive, not a picture: please unpack it and choose a picture."),
}
_LAB = N_("The picture's colours are stored as LAB, which ConvLab cannot read: please save it as RGB.")
_TIFF = N_(
    "This TIFF's pixels are {samples} × {type}, which ConvLab cannot read: "
    "please save it with 8 or 16 bits a channel, or grey as float32."
)

_VIDEOS = (b"isom", b"iso2", b"mp4", b"M4V", b"qt  ", b"3gp", b"avc1")
_SIGNATURES = (  # where, what, key of the sentence, name of the format
    (0, b"%PDF-", "format", "PDF"),
    (0, b"%!PS", "format", "PostScript"),
    (0, b"8BPS", "format", "Photoshop"),
    (0, b"\xff\x0a", "format", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL ", "format", "JPEG XL"),
    (0, b"\0\0\0\x0cjP  ", "format", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "format", "JPEG 2000"),
    (0, b"v/1\x01", "format", "OpenEXR"),
    (0, b"#?RADIANCE", "format", "Radiance HDR"),
    (0, b"SIMPLE  =", "format", "FITS"),
    (128, b"DICM", "format", "DICOM"),
    (0, b"\0\0\x01\0", "format", "ICO"),
    (0, b"gimp xcf", "format", "XCF (GIMP)"),
    (0, b"\x93NUMPY", "format", "NumPy"),
    *((0, b"P%d" % n, "format", "PBM, PGM or PPM") for n in range(1, 7)),
    (0, b"PK\x03\x04", "zip", ""),
    (8, b"CR\x02\0", "RAW", ""),  # Canon
    (4, b"ftypcrx", "RAW", ""),
    (0, b"FUJIFILMCCD-RAW", "RAW", ""),
    (0, b"IIRO", "RAW", ""),  # Olympus
    (0, b"IIRS", "RAW", ""),
    (0, b"IIU\0", "RAW", ""),  # Panasonic
    (0, b"\x1aE\xdf\xa3", "video", ""),  # Matroska, WebM
    (8, b"AVI ", "video", ""),
    *((4, b"ftyp" + brand, "HEIC", "") for brand in (b"hei", b"hev")),
    *((4, b"ftyp" + brand, "video", "") for brand in _VIDEOS),
)
_MAX_PARTS = 100_000  # of a TIFF, more than its rows or tiles of 32 x 32; Pillow prepares all of them
_CFA, _LINEAR_RAW = 32803, 34892  # what a camera's sensor gave
_TIFF_BEGINS = (b"II", b"MM")
_BIG_TIFF = 43
_DNG_VERSION, _NEW_SUBFILE_TYPE = 50706, 254
_TYPES = {1: "uint", 2: "int", 3: "float", 6: "complex"}  # as NumPy calls them, with the number of bits


def refusal(data: bytes) -> UserError | None:
    """The sentence for a file of a well-known kind that is not read; None for any other.

    It looks at the first bytes alone. A TIFF is looked at again once its tags are read: ``check_tiff``.
    """
    for start, signature, key, kind in _SIGNATURES:
        if data.startswith(signature, start):
            return _unread(key, kind)
    if data.startswith(b"ftyp", 4):  # a family of formats: the list of what it can be read as decides
        brands = data[8 : min(int.from_bytes(data[:4], "big"), 200)]
        if b"avif" in brands or b"avis" in brands:
            return _unread("format", "AVIF")
        return _unread("HEIC") if b"heic" in brands or b"mif1" in brands else None
    text = data[:4000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<"):
        return _unread("format", "SVG") if b"<svg" in text else _unread("page")
    return None


def _unread(key: str, kind: str = "") -> UserError:
    return UserError(_UNREAD[key], kind=kind)


def check_tiff(picture: TiffImagePlugin.TiffImageFile) -> None:
    """Refuse what Pillow reads wrongly.

    A RAW file's first picture is a small preview, or values of a sensor that are no colours; of 16-bit
    channels that lie apart, it reads bytes of one as pixels.
    """
    tags = picture.tag_v2
    preview = int(tags.get(_NEW_SUBFILE_TYPE, 0)) & 1
    sensor = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) in (_CFA, _LINEAR_RAW)
    if _DNG_VERSION in tags or preview or sensor:
        raise _unread("RAW")
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
    if len(bits) > 1 and max(bits) > 8 and tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2:
        raise _unlike(len(bits), f"uint{max(bits)} (PlanarConfiguration 2)")


def check_parts(file: BinaryIO) -> None:
    """Refuse a TIFF of very many strips or tiles."""
    if file.read(2) not in _TIFF_BEGINS:
        return
    file.seek(0)
    try:
        tags = _tags(file)
    except (SyntaxError, IndexError, KeyError, ValueError, OSError, struct.error):
        return  # no TIFF, or a damaged one
    places = (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.TILEOFFSETS)
    parts = max(len(tags._tagdata.get(tag, b"")) // 4 for tag in places)  # to unpack them takes memory
    if parts > _MAX_PARTS:
        message = N_("The TIFF has {count:,} parts and the limit is {limit:,}: please save it again as PNG.")
        raise UserError(message, count=parts, limit=_MAX_PARTS)


def _tags(file: BinaryIO) -> TiffImagePlugin.ImageFileDirectory_v2:
    """Those of a TIFF's first picture, as Pillow finds them; none of them is unpacked."""
    head = file.read(8)
    head += file.read(8) if head[2] == _BIG_TIFF else b""
    tags = TiffImagePlugin.ImageFileDirectory_v2(head)
    file.seek(tags.next)
    tags.load(file)
    return tags


def check_mode(mode: str) -> None:
    """Refuse what Pillow reads and cannot turn into RGB."""
    if mode == "LAB":
        raise UserError(_LAB)


def unread_tiff(data: bytes) -> UserError | None:
    """What a TIFF holds whose values Pillow cannot read; None for any other file, or a damaged one."""
    try:
        tags = _tags(io.BytesIO(data))
        photometric = tags[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION]
        bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
        forms = tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))
    except Exception:  # as in files.read: damage shows as nearly any error
        return None
    if photometric in (_CFA, _LINEAR_RAW):
        return _unread("RAW")
    samples, kind = tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1), _TYPES.get(forms[0], "?")
    return _unlike(samples, f"{kind}{max(bits)}" + (" (WhiteIsZero)" if photometric == 0 else ""))


def _unlike(samples: int, kind: str) -> UserError:
    return UserError(_TIFF, samples=samples, type=kind)
