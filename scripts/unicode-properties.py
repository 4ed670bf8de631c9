#!/usr/bin/env python3
"""Writes Sources/Patterns/UnicodeTables.swift: the properties that \\p{...} may name, Unicode 17.0.

  pip install regex==2025.11.3
  scripts/unicode-properties.py > Sources/Patterns/UnicodeTables.swift

The answers are those of the `regex` package. Names are those of ECMA-262 (tables "Value aliases of
General_Category" and "Binary Unicode property aliases") and of PropertyValueAliases.txt for scripts.
"""
import regex

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"
# U+FFFF stands where a surrogate would: a string holds none.
SCALARS = "".join(chr(c) if not 0xD800 <= c <= 0xDFFF else "\uFFFF" for c in range(0x110000))

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn".split()

BINARY = """Alphabetic/Alpha ASCII_Hex_Digit/AHex Bidi_Control/Bidi_C Bidi_Mirrored/Bidi_M Case_Ignorable/CI Cased
Changes_When_Casefolded/CWCF Changes_When_Casemapped/CWCM Changes_When_Lowercased/CWL Changes_When_Titlecased/CWT
Changes_When_Uppercased/CWU Dash Default_Ignorable_Code_Point/DI Deprecated/Dep Diacritic/Dia Emoji Emoji_Component/EComp
Emoji_Modifier/EMod Emoji_Modifier_Base/EBase Emoji_Presentation/EPres Extended_Pictographic/ExtPict Extender/Ext
Grapheme_Base/Gr_Base Grapheme_Extend/Gr_Ext Hex_Digit/Hex IDS_Binary_Operator/IDSB IDS_Trinary_Operator/IDST
ID_Continue/IDC ID_Start/IDS Ideographic/Ideo Join_Control/Join_C Logical_Order_Exception/LOE Lowercase/Lower Math
Noncharacter_Code_Point/NChar Pattern_Syntax/Pat_Syn Pattern_White_Space/Pat_WS Quotation_Mark/QMark Radical
Regional_Indicator/RI Sentence_Terminal/STerm Soft_Dotted/SD Terminal_Punctuation/Term Unified_Ideograph/UIdeo
Uppercase/Upper Variation_Selector/VS White_Space/space XID_Continue/XIDC XID_Start/XIDS""".split()

SCRIPTS = """Adlm/Adlam Aghb/Caucasian_Albanian Ahom Arab/Arabic Armi/Imperial_Aramaic Armn/Armenian Avst/Avestan
Bali/Balinese Bamu/Bamum Bass/Bassa_Vah Batk/Batak Beng/Bengali Berf/Beria_Erfe Bhks/Bhaiksuki Bopo/Bopomofo Brah/Brahmi
Brai/Braille Bugi/Buginese Buhd/Buhid Cakm/Chakma Cans/Canadian_Aboriginal Cari/Carian Cham Cher/Cherokee Chrs/Chorasmian
Copt/Coptic/Qaac Cpmn/Cypro_Minoan Cprt/Cypriot Cyrl/Cyrillic Deva/Devanagari Diak/Dives_Akuru Dogr/Dogra Dsrt/Deseret
Dupl/Duployan Egyp/Egyptian_Hieroglyphs Elba/Elbasan Elym/Elymaic Ethi/Ethiopic Gara/Garay Geor/Georgian Glag/Glagolitic
Gong/Gunjala_Gondi Gonm/Masaram_Gondi Goth/Gothic Gran/Grantha Grek/Greek Gujr/Gujarati Gukh/Gurung_Khema Guru/Gurmukhi
Hang/Hangul Hani/Han Hano/Hanunoo Hatr/Hatran Hebr/Hebrew Hira/Hiragana Hluw/Anatolian_Hieroglyphs Hmng/Pahawh_Hmong
Hmnp/Nyiakeng_Puachue_Hmong Hung/Old_Hungarian Ital/Old_Italic Java/Javanese Kali/Kayah_Li Kana/Katakana Kawi
Khar/Kharoshthi Khmr/Khmer Khoj/Khojki Kits/Khitan_Small_Script Knda/Kannada Krai/Kirat_Rai Kthi/Kaithi Lana/Tai_Tham
Laoo/Lao Latn/Latin Lepc/Lepcha Limb/Limbu Lina/Linear_A Linb/Linear_B Lisu Lyci/Lycian Lydi/Lydian Mahj/Mahajani
Maka/Makasar Mand/Mandaic Mani/Manichaean Marc/Marchen Medf/Medefaidrin Mend/Mende_Kikakui Merc/Meroitic_Cursive
Mero/Meroitic_Hieroglyphs Mlym/Malayalam Modi Mong/Mongolian Mroo/Mro Mtei/Meetei_Mayek Mult/Multani Mymr/Myanmar
Nagm/Nag_Mundari Nand/Nandinagari Narb/Old_North_Arabian Nbat/Nabataean Newa Nkoo/Nko Nshu/Nushu Ogam/Ogham Olck/Ol_Chiki
Onao/Ol_Onal Orkh/Old_Turkic Orya/Oriya Osge/Osage Osma/Osmanya Ougr/Old_Uyghur Palm/Palmyrene Pauc/Pau_Cin_Hau
Perm/Old_Permic Phag/Phags_Pa Phli/Inscriptional_Pahlavi Phlp/Psalter_Pahlavi Phnx/Phoenician Plrd/Miao
Prti/Inscriptional_Parthian Rjng/Rejang Rohg/Hanifi_Rohingya Runr/Runic Samr/Samaritan Sarb/Old_South_Arabian
Saur/Saurashtra Sgnw/SignWriting Shaw/Shavian Shrd/Sharada Sidd/Siddham Sidt/Sidetic Sind/Khudawadi Sinh/Sinhala
Sogd/Sogdian Sogo/Old_Sogdian Sora/Sora_Sompeng Soyo/Soyombo Sund/Sundanese Sunu/Sunuwar Sylo/Syloti_Nagri Syrc/Syriac
Tagb/Tagbanwa Takr/Takri Tale/Tai_Le Talu/New_Tai_Lue Taml/Tamil Tang/Tangut Tavt/Tai_Viet Tayo/Tai_Yo Telu/Telugu
Tfng/Tifinagh Tglg/Tagalog Thaa/Thaana Thai Tibt/Tibetan Tirh/Tirhuta Tnsa/Tangsa Todr/Todhri Tols/Tolong_Siki Toto
Tutg/Tulu_Tigalari Ugar/Ugaritic Vaii/Vai Vith/Vithkuqi Wara/Warang_Citi Wcho/Wancho Xpeo/Old_Persian Xsux/Cuneiform
Yezi/Yezidi Yiii/Yi Zanb/Zanabazar_Square Zinh/Inherited/Qaai Zyyy/Common""".split()


def ranges(expression):
    """The code points of a class as half-open ranges; surrogates are in none."""
    found = []
    for match in regex.finditer("(?:" + expression + ")+", SCALARS):
        start, end = match.span()
        for first, last in ((start, min(end, 0xD800)), (max(start, 0xE000), end)):
            if first < last:
                found.append((first, last))
    return found


def number(value):
    """A count as digits of five bits, the lowest first; the sixth bit says that more follow."""
    text = ""
    while value >= 32:
        text += DIGITS[32 | value & 31]
        value >>= 5
    return text + DIGITS[value]


def packed(pairs):
    """Ranges as the lengths of gap, range, gap, range and so on."""
    text, at = "", 0
    for first, last in pairs:
        text += number(first - at) + number(last - first)
        at = last
    return text


def runs(values):
    """The runs of equal values, as length and value."""
    text, start = "", 0
    for i in range(1, len(values) + 1):
        if i == len(values) or values[i] != values[start]:
            text += number(i - start) + number(values[start])
            start = i
    return text


def wrapped(text, width, indent):
    """The lines of one string; a line break that belongs to none is escaped."""
    for i in range(0, len(text), width):
        print(indent + text[i:i + width] + ("\\" if i + width < len(text) else ""))
    print(indent + '"""')


def literal(name, sentence, text):
    print(f"  /// {sentence}")
    print(f'  static let {name} = """')
    wrapped(text, 95, "    ")
    print()


def rows(name, sentence, entries):
    print(f"  /// {sentence}")
    print(f"  static let {name}: [(names: String, ranges: String)] = [")
    for names, text in entries:
        if len(names) + len(text) < 80:
            print(f'    ("{names}", "{text}"),')
            continue
        print("    (")
        print(f'      "{names}",')
        print('      """')
        wrapped(text, 92, "      ")
        print("    ),")
    print("  ]")


def main():
    category = [len(CATEGORIES)] * 0x110000
    for index, name in enumerate(CATEGORIES):
        for first, last in ranges(r"\p{gc=%s}" % name):
            category[first:last] = [index] * (last - first)
    script, extensions = [len(SCRIPTS)] * 0x110000, []
    for index, names in enumerate(SCRIPTS):
        own = ranges(r"\p{sc=%s}" % names.split("/")[0])
        for first, last in own:
            script[first:last] = [index] * (last - first)
        extended = ranges(r"\p{scx=%s}" % names.split("/")[0])
        if own != extended:
            extensions.append((names.split("/")[0], packed(extended)))
    print("// Table of constants: properties of all scalars, Unicode 17.0.")
    print("// Written by scripts/unicode-properties.py.")
    print("//")
    print("// A number is written in digits of five bits, the lowest first, of the alphabet 0-9 A-Z a-z + -;")
    print("// a digit of 32 or more says that another follows. Ranges are the lengths of gap, range, gap,")
    print("// range and so on from U+0000; runs are pairs of length and value.")
    print()
    print("/// The tables behind `UnicodeClasses`.")
    print("enum UnicodeTables {")
    print("  /// The short names of the general categories, in the order of their numbers.")
    print('  static let categoryNames =')
    print(f'    "{" ".join(CATEGORIES[:15])} "')
    print(f'    + "{" ".join(CATEGORIES[15:])}"')
    print()
    literal("categories", "Runs of the general category; surrogates have a number beyond the names.", runs(category))
    literal("scriptNames", "The names of the scripts, in the order of their numbers.", " ".join(SCRIPTS))
    literal("scripts", "Runs of the script; scalars without one have a number beyond the names.", runs(script))
    rows("scriptExtensions", "The scripts whose extended ranges differ from their own.", extensions)
    print()
    rows("binary", "The binary properties.", [(n, packed(ranges(r"\p{%s}" % n.split("/")[0]))) for n in BINARY])
    print("}")


if __name__ == "__main__":
    main()
