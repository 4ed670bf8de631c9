#!/usr/bin/env python3
"""Makes the tokenizer fixtures: texts with the ids that llama.cpp gives them.

  pip install gguf
  make.py --tokenize llama-tokenize --smollm2 smollm2-135m.gguf --qwen2 qwen2.5-coder-0.5b.gguf

Writes beside itself
  smollm2.vocab.txt  pieces in GPT-2's alphabet, one a line; a line "-"; the merges, one a line
  ids.txt            per text: base64 of its bytes, ids with smollm2's vocabulary and rules, ids with
                     its vocabulary and the rules of qwen2, ids with qwen2's vocabulary and rules
"""
import argparse
import base64
import concurrent.futures
import json
import os
import random
import subprocess
import tempfile

import gguf

WORDS = """the invoice total amounts to Straße naïve café coöperate résumé Ελλάδα Афины Москва договор стоимость
العقد مبلغ فاتورة שלום חשבונית नमस्ते दुनिया ประเทศไทย สัญญา 日本語 請求書 合計金額 中文 发票 总额 한국어 계약 Việt Nam đồng tiếng
ქართული հայերեն বাংলা தமிழ் ಕನ್ನಡ മലയാളം ខ្មែរ မြန်မာ አማርኛ ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ Diné bizaad Hawaiʻi ʻŌlelo łódź żółć
don't I'll we've you're it's he'd I'm DON'T I'LL WE'VE YOU'RE IT'S HE'D I'M 'S 'Ll 'rE ’s ‘quoted’ O'Brien rock'n'roll
x y z HTTPRequest camelCase snake_case kebab-case UTF-8 e.g. i.e. №5 §12 ½ ² ³ ⅷ Ⅻ ① ㉛ ٣٤٥ ७८ ๕๖ 𝟘𝟙 𝔘𝔫𝔦 ﬁ ﬀ ℃ Å Å""".split()
EMOJI = ["😀", "👩‍💻", "👨‍👩‍👧‍👦", "🇩🇪", "🏳️‍🌈", "✅", "❤️", "🤦🏽‍♂️", "🧑🏿‍🚀", "☃", "🀄", "🫠"]
SPACES = [" ", "  ", "   ", "\t", "\t\t", "\n", "\r\n", "\r", "\n\n", " \n", "\n ", " \n \n ", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085",
          "\x0b", "\x0c", "\u200b", "\ufeff", "        ", "\u1680", "\u202f"]
CONTROLS = ["\x00", "\x01", "\x04", "\x07", "\x08", "\x1b[0m", "\x1c", "\x1d", "\x1f", "\x7f", "\u0080", "\u009f", "\u00ad", "\u200d", "\u202e", "\ue000", "\U000f0000"]
MARKS = ["\u0301", "\u0308", "\u0327", "\u20e3", "\u0489", "\u064b", "\u05b0", "\u0e31", "\u093f", "\ufe0f", "\U0001d165"]
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "--", "=>", "!=", "::", "—", "–", "“", "”", "„", "«", "»", "。", "、", "「", "」", "¿", "¡", "€",
               "£", "₹", "₿", "→", "∑", "≠", "{\"", "\":\"", "\",\"", "\"},{\"", "</p>", "<|", "|>", "<|im_start", "im_end|>", "'", "''", "' ", " '"]
UNASSIGNED = ["\u0378", "\U0001fffe", "\U000323b0", "\U0003134a", "\U00031350", "\U000323af", "\U0002ebf0", "\U0002ee5d", "\ufdd0", "\U0010ffff"]


def texts():
    rnd = random.Random(20261124)
    found = ["", " ", "  ", "\n", "a", "'", "'s", " 's", "''s", "a's b'S", "a 1", "a  1", "a   1", "1 ", "12 34", "  12", "1a2b", "a\n", "a \n b", "a\r\n\r\nb", "\n  ",
             "  \n", " \n \t\n x", "'ſ", "'\u212a", "\u017f", "x'", "x'l", "x'll", "x'Ll y'lL", "hello world", "Hello, World!", "<|im_end|>", "<|endoftext|>x",
             "<|im_start|>system\nhi<|im_end|>\n", "a<|im_end", "{\"name\":\"", "{\"a\":[1,2,{\"b\":null}],\"c\":true}", "\"\\u00e9\\n\\t\"", "a\\\\b"]
    for run in ("a", " ", "\n", "\t", "1", ".", "-", "=", "é", "日", "😀", "\u0301", "ab", "\r\n", " a", "'", "\u00a0", "\x04", "Ġ", "ÿ", "हि"):
        for length in (2, 3, 7, 16, 47, 48, 49, 97, 300):
            found.append(run * length)
    for special in SPACES + CONTROLS + MARKS + UNASSIGNED + EMOJI:
        found += [special, f"a{special}b", f"a {special} b", f"1{special}2", f".{special}'s", f" {special}"]
    pools = [WORDS, WORDS, EMOJI, SPACES, SPACES, CONTROLS, MARKS, PUNCTUATION, PUNCTUATION, UNASSIGNED, [str(n) for n in (0, 7, 42, 2024, 1580, 1000000, 31415926535)]]
    while len(found) < 1000:
        parts = []
        for _ in range(rnd.randint(2, 24)):
            kind = rnd.random()
            if kind < 0.1:
                parts.append(chr(rnd.choice([rnd.randrange(0x20, 0x250), rnd.randrange(0x250, 0xD800), rnd.randrange(0x10000, 0x20000), rnd.randrange(0xE000, 0xF900)])))
            elif kind < 0.15:
                parts.append(f"{rnd.uniform(-1e6, 1e6):,.2f}")
            else:
                parts.append(rnd.choice(rnd.choice(pools)))
                if rnd.random() < 0.4:
                    parts.append(" ")
        found.append("".join(parts))
    result = [text.encode("utf-8") for text in found]
    # Texts that begin or end inside a character, or hold bytes that are no UTF-8 at all.
    sources = [t for t in result if any(b >= 0x80 for b in t) and 6 < len(t) < 80]
    for _ in range(80):
        text = rnd.choice(sources)
        cut = rnd.randint(1, len(text) - 1)
        result.append(text[:cut] if rnd.random() < 0.5 else text[cut:])
    for bad in (b"\xff", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xe2\x82x", b"\xf0\x9f\x98", b"\x80\x80\x80", b"a\xfe\xffb", b"\x31\xff\x32", b" \xff ", b"\xf8\x88\x80\x80\x80"):
        result += [bad, b"x " + bad + b" y", bad * 5]
    return result


def write_vocabulary(path, out):
    fields = gguf.GGUFReader(path).fields
    with open(out, "w", encoding="utf-8", newline="\n") as f:
        for piece in fields["tokenizer.ggml.tokens"].contents():
            f.write(piece + "\n")
        f.write("-\n")
        for merge in fields["tokenizer.ggml.merges"].contents():
            f.write(merge + "\n")


def write_variant(path, out, rules):
    """A file with the vocabulary of `path` and another pre-tokenizer, without tensors."""
    fields = gguf.GGUFReader(path).fields
    writer = gguf.GGUFWriter(out, "llama")
    for key in ("block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count"):
        writer.add_uint32(f"llama.{key}", fields[f"llama.{key}"].contents())
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(rules)
    writer.add_token_list(fields["tokenizer.ggml.tokens"].contents())
    writer.add_token_types(fields["tokenizer.ggml.token_type"].contents())
    writer.add_token_merges(fields["tokenizer.ggml.merges"].contents())
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def ids(program, model, text):
    with tempfile.NamedTemporaryFile(delete=False) as f:
        f.write(text)
    if not text:  # the program wants a prompt; nothing gives nothing
        return []
    run = subprocess.run([program, "-m", model, "-f", f.name, "--ids", "--no-bos", "--no-parse-special", "--no-escape", "--log-disable"],
                         capture_output=True, check=True)
    os.unlink(f.name)
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenize", required=True)
    parser.add_argument("--smollm2", required=True)
    parser.add_argument("--qwen2", required=True)
    args = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    write_vocabulary(args.smollm2, os.path.join(here, "smollm2.vocab.txt"))
    with tempfile.TemporaryDirectory() as folder:
        variant = os.path.join(folder, "variant.gguf")
        write_variant(args.smollm2, variant, "qwen2")
        with concurrent.futures.ThreadPoolExecutor(2) as pool, open(os.path.join(here, "ids.txt"), "w") as out:
            def line(text):
                columns = [ids(args.tokenize, model, text) for model in (args.smollm2, variant, args.qwen2)]
                return " ".join([base64.b64encode(text).decode() or "-"] + [",".join(map(str, c)) or "-" for c in columns])
            for row in pool.map(line, texts()):
                out.write(row + "\n")


if __name__ == "__main__":
    main()
