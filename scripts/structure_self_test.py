"""Shows that `scripts/structure` finds what it looks for: one fault of each kind, planted in a throwaway tree.

A clean tree must give no fault; then every case below changes one file of it and names what must be reported.
"""

import os
import shutil
import tempfile

TABLE = """# A house

| Target | Floor | May import | What it is |
|---|---|---|---|
| `Posix` | 1 | - | the door |
| `Words` | 1 | - | words |
| `Texts` | 2 | Words | texts |
| `Later` (later) | 3 | Texts | not there yet |
| `TestSupport` | 2 | Words | for tests |
"""

CLEAN = {
    "ARCHITECTURE.md": TABLE,
    "Package.swift": "// swift-tools-version: 6.2\n// The law.\nlet name = \"house\"\n",
    "Sources/Posix/Door.swift": "// The door.\nimport Glibc\n",
    "Sources/Words/Word.swift": '// Words.\n\n/// A word.\npackage struct Word {\n  /// Its letters.\n'
                                '  package var letters: String\n'
                                '  let note = "public \\(Int("1", radix: 2) ?? 0) import Texts"\n}\n'
                                '// Prose may say Phrase, unsafe and public.\n',
    "Sources/Words/Phrase.swift": "// Phrases.\n\n/// A phrase.\npackage struct Phrase { let words: [Word] }\n",
    "Sources/Texts/Text.swift": "// Texts.\nimport Words\nstruct Text { let words: [Word] }\n",
    "Tests/TestSupport/Folder.swift": "// A temporary folder.\nimport Words\n",
    "Tests/TextsTests/TextTests.swift": "// Tests of texts.\nimport Foundation\nimport Testing\nimport Texts\n",
}

TARGETS = {
    "Posix": ("regular", []), "Words": ("regular", []), "Texts": ("regular", ["Words"]),
    "TestSupport": ("regular", ["Words"]), "TextsTests": ("test", ["Texts", "TestSupport"]),
}


def word(addition):
    return CLEAN["Sources/Words/Word.swift"] + addition


def text(addition):
    return CLEAN["Sources/Texts/Text.swift"] + addition


def cases(table_mark):
    """Name, files to write (None removes), changes to the targets, and what a fault line must contain."""
    long_file = "// Long.\n" + "let x = 1\n" * 620
    unsafe = "// Raw.\nfunc f(p: UnsafeRawPointer) -> UInt8 {\n  // SAFETY: p is valid.\n  unsafe p.load(as: UInt8.self)\n}\n"
    secret_path = "/".join(["", "work", "somebody", "models"])
    host = "https://" + "pypi" + ".org/simple"
    return [
        ("an import that the row forbids", {"Sources/Words/Word.swift": word("package import Texts\n")}, {},
         "Sources/Words/Word.swift:10: import Texts"),
        ("an import of an unknown module", {"Sources/Texts/Text.swift": text("import Numerics\n")}, {}, "import Numerics"),
        ("a dependency of the manifest beyond the row", {}, {"Words": ("regular", ["Posix"])}, "Words depends on Posix"),
        ("a row beyond the manifest", {}, {"Texts": ("regular", [])}, "row Texts may import Words, the manifest"),
        ("a test dependency beyond its target's row", {}, {"TextsTests": ("test", ["Texts", "Posix"])},
         "TextsTests depends on Posix"),
        ("a target without a row", {"Sources/Extra/Extra.swift": "// More.\n"}, {"Extra": ("regular", [])},
         "target Extra of the manifest has no row"),
        ("a row without a target", {"ARCHITECTURE.md": TABLE.replace(" (later)", "")}, {}, "row Later has no target"),
        ("a row still marked as later", {}, {"Later": ("regular", ["Texts"])}, "marked as later, but the target exists"),
        ("an arrow to the same floor", {"ARCHITECTURE.md": TABLE.replace("| `Texts` | 2", "| `Texts` | 1")}, {},
         "not on a lower floor"),
        ("a folder that is no target", {"Sources/Stray/A.swift": "// A.\n"}, {}, "belongs to no target"),
        ("a file over 600 lines", {"Sources/Texts/Long.swift": long_file}, {}, "Sources/Texts/Long.swift:601:"),
        ("a table mark without a reason", {"Sources/Texts/Long.swift": table_mark + "\n" + long_file}, {}, "lines, at most 600"),
        ("a folder of 16 files", {f"Sources/Texts/F{i}.swift": "// F.\n" for i in range(15)}, {}, "16 files in one folder"),
        ("a folder too deep", {"Sources/Texts/A/B/C/D.swift": "// D.\n"}, {}, "3 folders deep"),
        ("files that need each other", {"Sources/Words/Word.swift": word("extension Word { func join() -> Phrase? { nil } }\n")},
         {}, "files need each other: Phrase.swift:4 needs Word.swift (Word); Word.swift:10 needs Phrase.swift (Phrase)"),
        ("files that need each other by a function",
         {"Sources/Words/Word.swift": word("func use() -> Int { count(1) }\n"),
          "Sources/Words/Phrase.swift": CLEAN["Sources/Words/Phrase.swift"] + "func count(_ a: Int) -> Int { a }\n"},
         {}, "(count())"),
        ("a package type without a comment", {"Sources/Words/Word.swift": word("package enum Bare {\n  case a\n}\n")}, {},
         "package enum Bare has no doc comment"),
        ("a member of a package protocol without a comment",
         {"Sources/Words/Word.swift": word("/// P.\npackage protocol P {\n  func step()\n}\n")}, {},
         "Sources/Words/Word.swift:12: package func step"),
        ("a member behind attributes without a comment",
         {"Sources/Words/Word.swift": word("extension Word {\n\n  @discardableResult\n  package func run() -> Int { 1 }\n}\n")}, {},
         "Sources/Words/Word.swift:12: package func run"),
        ("a case with a payload without a comment",
         {"Sources/Words/Word.swift": word("/// E.\npackage enum E {\n  case a(Int)\n}\n")}, {}, "package case a"),
        ("unsafe outside its files", {"Sources/Texts/Raw.swift": unsafe}, {}, "Sources/Texts/Raw.swift:4: 1 times unsafe"),
        ("unsafe without a reason", {"Sources/Posix/Raw.swift": unsafe.replace("SAFETY", "Note")}, {}, "without a '// SAFETY:'"),
        ("Foundation in Sources", {"Sources/Texts/Text.swift": text("import Foundation\n")}, {}, "import Foundation in Texts"),
        ("Glibc outside Posix", {"Sources/Texts/Text.swift": text("import Glibc\n")}, {}, "import Glibc in Texts"),
        ("a testable import", {"Tests/TextsTests/TextTests.swift": "// T.\n@testable import Texts\n"}, {}, "@testable"),
        ("a public symbol", {"Sources/Words/Word.swift": word("public struct Open {}\n")}, {}, "Word.swift:10: public"),
        ("a package dependency", {"Package.swift": CLEAN["Package.swift"] + "let d = [.package(path: \"x\")]\n"}, {},
         "Package.swift:4: a package dependency"),
        ("an unfinished place", {"Sources/Words/Word.swift": word("// TO" + "DO: more\n")}, {}, "an unfinished place"),
        ("a trap instead of an error", {"Sources/Words/Word.swift": word("func f() { fatal" + "Error() }\n")}, {},
         "an unfinished place"),
        ("a machine's path", {"README.md": f"Models lie in {secret_path}.\n"}, {}, "README.md:1: an absolute path"),
        ("a registry's host", {"scripts/get": f"curl {host}\n"}, {}, "scripts/get:1: the host of a package registry"),
        ("a file without an opening", {"Sources/Words/Bare.swift": "struct Bare {}\n"}, {}, "begins without a comment"),
        ("a manifest without an opening", {"Package.swift": "// swift-tools-version: 6.2\nlet a = 1\n"}, {}, "Package.swift:2:"),
        ("no table", {"ARCHITECTURE.md": "# Nothing\n"}, {}, "no table of targets"),
    ]


def report_of(check, files, targets):
    root = tempfile.mkdtemp(prefix="structure-")
    try:
        for path, content in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(content)
        manifest = {"targets": [
            {"name": name, "type": kind, "dependencies": [{"byName": [d, None]} for d in uses],
             **({"path": "Tests/" + name} if name == "TestSupport" else {})}
            for name, (kind, uses) in targets.items()]}
        return [f"{path}:{line}: {sentence}" for path, line, sentence in check(root, manifest)]
    finally:
        shutil.rmtree(root)


def run(check, table_mark):
    """Runs all cases; returns the exit status."""
    failures = 0
    clean = report_of(check, CLEAN, TARGETS)
    if clean:
        failures += 1
        print("self-test: a clean tree gives faults:\n  " + "\n  ".join(clean))
    marked = dict(CLEAN, **{"Sources/Texts/Long.swift": f"// Long.\n{table_mark} generated rows\n" + "let x = 1\n" * 620})
    if report_of(check, marked, TARGETS):
        failures += 1
        print("self-test: a marked table of constants is refused")
    planted = cases(table_mark)
    for name, files, targets, expected in planted:
        faults = report_of(check, {**CLEAN, **files}, {**TARGETS, **targets})
        if not any(expected in line for line in faults):
            failures += 1
            print(f"self-test: {name}: expected a fault with '{expected}', found {faults or 'none'}")
    print(f"structure self-test: {len(planted) + 2 - failures} of {len(planted) + 2} cases")
    return 1 if failures else 0
