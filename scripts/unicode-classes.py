#!/usr/bin/env python3
"""Writes Sources/Tokenizers/TextClassRanges.swift: letters, marks, numbers and so on of Unicode 16.0.

  pip install unicodedata2==16.0.0
  scripts/unicode-classes.py > Sources/Tokenizers/TextClassRanges.swift

The version is the one of the package `tokenizers` 0.23.3: the classes of all code points are equal.
"""
import unicodedata2 as unicodedata

WHITE_SPACE = [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]


def ranges(member):
    found, start = [], None
    for code in range(0x110001):
        inside = code < 0x110000 and member(code)
        if inside and start is None:
            start = code
        if not inside and start is not None:
            found.append((start, code - 1))
            start = None
    return found


def table(name, sentence, pairs):
    print(f"  /// {sentence}")
    print(f"  static let {name}: [UInt32] = [")
    line = "   "
    for first, last in pairs:
        item = f" 0x{first:X}, 0x{last:X},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line)
    print("  ]")


def main():
    assert unicodedata.unidata_version == "16.0.0", unicodedata.unidata_version
    kind = lambda code: unicodedata.category(chr(code))[0]
    print("// The code points of five classes, Unicode 16.0. Written by scripts/unicode-classes.py.")
    print("//")
    print("// Each table holds pairs: the first and the last code point of a range, ascending.")
    print()
    print("/// The ranges behind `TextClass`.")
    print("enum TextClassRanges {")
    table("letters", "General category L.", ranges(lambda c: kind(c) == "L"))
    print()
    table("numbers", "General category N.", ranges(lambda c: kind(c) == "N"))
    print()
    table("marks", "General category M.", ranges(lambda c: kind(c) == "M"))
    print()
    table("symbols", "General categories P and S.", ranges(lambda c: kind(c) in "PS"))
    print()
    table("spaces", "Property White_Space.", ranges(lambda c: c in WHITE_SPACE))
    print("}")


if __name__ == "__main__":
    main()
