#!/usr/bin/env python3
"""Makes the fixtures of tokenizer.json files: texts with the ids that Hugging Face's `tokenizers` gives them.

  pip install tokenizers==0.23.3
  make_json.py --deepseek FOLDER/deepseek-v4/tokenizer.json --smollm2 FOLDER/smollm2/tokenizer.json --cases cases.json

Writes beside itself
  deepseek-v4.json    the tokenizer.json of DeepSeek-V4 with those tokens and merges alone that can occur in the texts
  json-ids.txt        per text: base64 of its bytes, ids with DeepSeek-V4's vocabulary and rules, and with SmolLM2's
                      vocabulary ids by the rules of smollm, gpt-2, qwen2, llama-bpe and deepseek-v3;
                      "=" stands for the ids of smollm, "-" for none
  deepseek-cases.json sample texts and rendered conversations of DeepSeek-V4 with their ids, copied

Added tokens are taken out of the references, since a text yields none; the cases have them.
"""
import argparse
import base64
import json
import os
import random

from tokenizers import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


def split(expression):
    return {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}


def chain(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def repaired(data):
    """The bytes as text, U+FFFD for each byte that belongs to no character."""
    text, i = "", 0
    while i < len(data):
        for n in (1, 2, 3, 4):
            try:
                text += data[i:i + n].decode("utf-8")
            except UnicodeDecodeError:
                continue
            i += n
            break
        else:
            text += "\ufffd"
            i += 1
    return text


def texts():
    """The texts of ids.txt, and some that the rules of DeepSeek-V4 cut in their own way."""
    with open(os.path.join(HERE, "ids.txt")) as f:
        found = [b"" if row[0] == "-" else base64.b64decode(row[0]) for row in (line.split() for line in f)]
    rnd = random.Random(4)
    pool = ["。", "、", "・", "゠", "ー", "゛", "\u3099", "\u3097", "カ", "ひ", "漢", "龥", "龦", "〇", "㍿", "々", "한", "ㄱ", "Ａ", "１", "！", "a", "Z", "é", "\u0301",
            "\u0300\u0301", ".", "..", "_", "~", "$", "+", "'", "\"", "(", "#", "€", "→", "«", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u0085",
            "\x00", "\x01", "\u200b", "\u200d", "\ufeff", "\ue000", "1", "12", "1234567", "²", "Ⅷ", "٣٤", "😀", "👍🏽", "\ufe0f", "\U000e0101", "<think>"]
    for _ in range(250):
        found.append("".join(rnd.choice(pool) for _ in range(rnd.randint(1, 14))).encode())
    return found


def reduced(document, corpus):
    """A tokenizer.json with the pieces and merges that can occur in a corpus; ids stay."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in plain}
    spare = 256
    for b in range(256):
        if b not in table.values():
            table[chr(spare)] = b
            spare += 1
    model = document["model"]

    def occurs(piece):
        return len(piece) == 1 or bytes(table[c] for c in piece) in corpus

    added = [t for t in document["added_tokens"] if "holder" not in t["content"] and (not t["special"] or t["id"] < 3)]
    markers = {t["content"] for t in document["added_tokens"]}
    vocabulary = {p: i for p, i in model["vocab"].items() if p not in markers and occurs(p)}
    merges = [m for m in model["merges"] if "".join(m) in vocabulary]
    return {**document, "added_tokens": added, "model": {**model, "vocab": vocabulary, "merges": merges}}


def reference(document, pre_tokenizer=None, **model):
    document = {**document, "added_tokens": [], "model": {**document["model"], **model}}
    if pre_tokenizer:
        document["pre_tokenizer"] = pre_tokenizer
    return Tokenizer.from_str(json.dumps(document))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deepseek", required=True)
    parser.add_argument("--smollm2", required=True)
    parser.add_argument("--cases", required=True)
    args = parser.parse_args()
    deepseek = json.load(open(args.deepseek, encoding="utf-8"))
    smollm2 = json.load(open(args.smollm2, encoding="utf-8"))
    cases = json.load(open(args.cases, encoding="utf-8"))
    references = [
        reference(deepseek), reference(smollm2),
        reference(smollm2, {**BYTES, "use_regex": True}),
        reference(smollm2, chain(split(WORDS % "\\p{N}"), BYTES)),
        reference(smollm2, chain(split(WORDS % "\\p{N}{1,3}"), BYTES), ignore_merges=True),
        reference(smollm2, deepseek["pre_tokenizer"]),
    ]
    corpus = bytearray()
    with open(os.path.join(HERE, "json-ids.txt"), "w") as out:
        for data in texts():
            text = repaired(data)
            corpus += text.encode() + b"\xff"
            columns = [r.encode(text, add_special_tokens=False).ids for r in references]
            row = [base64.b64encode(data).decode() or "-"]
            for i, ids in enumerate(columns):
                row.append("=" if i > 1 and ids == columns[1] else ",".join(map(str, ids)) or "-")
            out.write(" ".join(row) + "\n")
    for case in cases["texts"]:
        corpus += case["text"].encode() + b"\xff"
    for case in cases["chats"]:
        corpus += case["prompt"].encode() + b"\xff"
    with open(os.path.join(HERE, "deepseek-v4.json"), "w", encoding="utf-8") as out:
        json.dump(reduced(deepseek, bytes(corpus)), out, ensure_ascii=False, separators=(",", ":"))
    with open(os.path.join(HERE, "deepseek-cases.json"), "w", encoding="utf-8") as out:
        json.dump(cases, out, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
