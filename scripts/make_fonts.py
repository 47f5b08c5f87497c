"""Cuts IBM Plex Sans down to the letters of a receipt and renames it.

usage: make_fonts.py UNPACKED_NPM_PACKAGE OUTPUT_FOLDER

The licence (SIL OFL 1.1) reserves the name "Plex" for the unchanged font, so the cut one is called
"Fleksport Sans". Hints, kerning and alternative forms are left out: a PDF needs none of them. The
output depends on the input alone, so the same package gives the same bytes.
"""

import pathlib
import shutil
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Fleksport Sans"
FACES = {"Regular": "Regular", "SemiBold": "SemiBold"}

# Letters of all languages written in Latin script that the source has, and the signs around them.
WANTED = [
    (0x0020, 0x007E),  # Basic Latin
    (0x00A1, 0x00FF),  # Latin-1 (the no-break space and the soft hyphen are drawn by layout)
    (0x0100, 0x017F),  # Latin Extended-A
    (0x0180, 0x024F),  # Latin Extended-B
    (0x0259, 0x0259),  # schwa, the small letter of U+018F
    (0x02B9, 0x02DD),  # modifier letters: apostrophes inside names
    (0x1E00, 0x1EFF),  # Latin Extended Additional: Vietnamese
    (0x2010, 0x2027),  # dashes, quotation marks, bullet, ellipsis
    (0x2030, 0x203A),  # per mille, primes, angle quotes
    (0x2044, 0x2044),  # fraction slash
    (0x2070, 0x2079),  # superscripts
    (0x20AC, 0x20AC),  # euro
    (0x2116, 0x2122),  # numero, trade mark
    (0x2190, 0x2193),  # arrows
    (0x2212, 0x2265),  # minus, approximately, not equal, at most, at least
    (0x2713, 0x2713),  # check mark
]
LEFT_OUT = {0x00AD, 0x2011}  # soft hyphen; no-break hyphen: drawn as a hyphen


def wanted_letters(font):
    """One code point for each glyph: text copied out of a PDF must be the text that was put in."""
    cmap, seen, letters = font.getBestCmap(), set(), []
    for first, last in WANTED:
        for code in range(first, last + 1):
            glyph = cmap.get(code)
            if glyph is not None and glyph not in seen and code not in LEFT_OUT:
                seen.add(glyph)
                letters.append(code)
    return letters


def cut(font, letters):
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.glyph_names = False
    options.legacy_kern = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "gasp", "DSIG"]
    options.recalc_timestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)


def rename(font, style):
    names = font["name"]
    post_script = f"{FAMILY.replace(' ', '')}-{style}"
    for record in list(names.names):
        if record.platformID != 3:
            names.removeNames(platformID=record.platformID)
    for name_id, text in {
        1: f"{FAMILY} {style}" if style != "Regular" else FAMILY,
        2: "Regular",
        3: f"{post_script}; cut from version {font['head'].fontRevision:.3f}",
        4: f"{FAMILY} {style}",
        6: post_script,
    }.items():
        names.setName(text, name_id, 3, 1, 0x409)


def main(package, output):
    output.mkdir(parents=True, exist_ok=True)
    for source_style, style in FACES.items():
        font = TTFont(package / f"fonts/complete/woff2/IBMPlexSans-{source_style}.woff2", recalcTimestamp=False)
        cut(font, wanted_letters(font))
        rename(font, style)
        font.flavor = None
        path = output / f"FleksportSans-{style}.ttf"
        font.save(path)
        print(f"{path}: {len(font.getBestCmap())} letters, {path.stat().st_size} bytes")
    shutil.copyfile(package / "LICENSE.txt", output / "OFL.txt")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
