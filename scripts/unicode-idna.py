#!/usr/bin/env python3
"""Writes Sources/JSONSchema/Formats/HostnameTables.swift: the classes of RFC 5892 and RFC 5893, Unicode 17.0.

  pip install idna==3.20 unicodedata2==17.0.0
  scripts/unicode-idna.py > Sources/JSONSchema/Formats/HostnameTables.swift

Which code points a label may hold and how they join is what the `idna` package says, as far as Unicode 17.0
assigns them; directions and compositions are those of `unicodedata2`.
"""
import idna.idnadata as data
import unicodedata2 as unicodedata

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"


def members(pairs):
    """The assigned code points of the package's ranges, which are start << 32 | end."""
    return {code for pair in pairs for code in range(pair >> 32, pair & 0xFFFFFFFF)
            if unicodedata.category(chr(code)) != "Cn"}


def number(value):
    """A count as digits of five bits, the lowest first; the sixth bit says that more follow."""
    text = ""
    while value >= 32:
        text += DIGITS[32 | value & 31]
        value >>= 5
    return text + DIGITS[value]


def packed(codes):
    """Ranges as the lengths of gap, range, gap, range and so on."""
    text, at, codes = "", 0, sorted(codes)
    for i, code in enumerate(codes):
        if i == 0 or code != codes[i - 1] + 1:
            text += number(code - at)
            first = code
        if i + 1 == len(codes) or codes[i + 1] != code + 1:
            text += number(code + 1 - first)
            at = code + 1
    return text


def table(name, sentence, kind, text):
    print(f"  /// {sentence}")
    print(f'  static let {name} = {kind}(')
    print('    packed: """')
    for i in range(0, len(text), 93):
        print("      " + text[i:i + 93] + ("\\" if i + 93 < len(text) else ""))
    print('      """)')


def main():
    assert unicodedata.unidata_version == "17.0.0", unicodedata.unidata_version
    valid = members(data.codepoint_classes["PVALID"])
    allowed = valid | members(data.codepoint_classes["CONTEXTJ"]) | members(data.codepoint_classes["CONTEXTO"])
    direction = {code: unicodedata.bidirectional(chr(code)) for code in allowed}
    rows = [
        ("valid", "Code points that a label may hold anywhere: PVALID of RFC 5892.", valid),
        ("rightToLeft", "Allowed code points of the directions R and AL.",
         {c for c in allowed if direction[c] in ("R", "AL")}),
        ("arabicNumbers", "Allowed code points of the direction AN.", {c for c in allowed if direction[c] == "AN"}),
        ("europeanNumbers", "Allowed code points of the direction EN.", {c for c in allowed if direction[c] == "EN"}),
        ("neutrals", "Allowed code points of the directions ES, CS, ET, ON and BN.",
         {c for c in allowed if direction[c] in ("ES", "CS", "ET", "ON", "BN")}),
        ("marks", "Allowed code points of the direction NSM.", {c for c in allowed if direction[c] == "NSM"}),
        ("joinsBefore", "Code points of the joining types L and D.",
         members(data.joining_types["L"] + data.joining_types["D"])),
        ("joinsAfter", "Code points of the joining types R and D.",
         members(data.joining_types["R"] + data.joining_types["D"])),
        ("transparent", "Allowed code points of the joining type T.", allowed & members(data.joining_types["T"])),
    ]
    composed = [c for c in sorted(allowed) if not 0xAC00 <= c <= 0xD7A3 and unicodedata.decomposition(chr(c))]
    compositions = ""
    for code in composed:
        base, mark = (int(part, 16) for part in unicodedata.decomposition(chr(code)).split())
        compositions += number(code) + number(base) + number(mark)
    print("// Classes of code points in internationalized host names, Unicode 17.0.")
    print("// Written by scripts/unicode-idna.py; `PackedNumbers` says how numbers are spelled.")
    print()
    print("import Patterns")
    print()
    print("/// The tables behind `HostnameFormats`.")
    print("enum HostnameTables {")
    for name, sentence, codes in rows:
        table(name, sentence, "ScalarSet", packed(codes))
        print()
    table("compositions", "Allowed code points that the form NFC puts for two, each with these two.",
          "PackedNumbers", compositions)
    print("}")


if __name__ == "__main__":
    main()
