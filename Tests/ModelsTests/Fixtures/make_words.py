#!/usr/bin/env python3
"""Makes words-tiny: a whole model that is very small, weights and tokenizer, as GGUF and as a folder; needs numpy, gguf 0.19.0.

    python3 make_words.py

Qwen3-MoE's block, random weights, a byte-level vocabulary with a few dozen merges and ChatML's tokens. It has no golden
cases: it is what checkpoints are damaged from, since all that a header, a configuration and a tokenizer say is in it.
"""
import json
import os
import struct

import numpy as np
from gguf import GGUFWriter

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words-tiny")
RANDOM = np.random.Generator(np.random.PCG64(41))
D, L, H, K, HD, E, TOP, INNER = 32, 2, 2, 1, 16, 4, 2, 16
BYTES = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
ALPHABET = {b: chr(b) for b in BYTES}
for b in (b for b in range(256) if b not in ALPHABET):
    ALPHABET[b] = chr(256 + len(ALPHABET) - len(BYTES))
pieces = [ALPHABET[b] for b in range(256)]
merges = []
for word in ["the", "and", "name", "date", "total", "\u0120the", "\u0120of", "\u0120to", "\u0120in", "ing", "er", "on", "an", "or", "st", "re"]:
    for end in range(1, len(word)):
        merge = word[:end] + " " + word[end]
        if merge not in merges:
            merges.append(merge)
            if word[:end + 1] not in pieces:
                pieces.append(word[:end + 1])
special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
V = len(pieces) + len(special)
CONFIG = {
    "architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "vocab_size": V, "hidden_size": D, "intermediate_size": 32,
    "num_hidden_layers": L, "num_attention_heads": H, "num_key_value_heads": K, "head_dim": HD, "hidden_act": "silu",
    "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "num_experts": E, "num_experts_per_tok": TOP,
    "moe_intermediate_size": INNER, "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": [],
    "tie_word_embeddings": False, "use_sliding_window": False, "torch_dtype": "float32",
}
W = {}


def random(name, *shape):
    W[name] = (RANDOM.standard_normal(shape) / shape[-1] ** 0.5).astype("<f4")


def ones(name, count):
    W[name] = np.ones(count, "<f4")


random("model.embed_tokens.weight", V, D)
random("lm_head.weight", V, D)
ones("model.norm.weight", D)
for n in range(L):
    p = f"model.layers.{n}."
    ones(p + "input_layernorm.weight", D)
    ones(p + "post_attention_layernorm.weight", D)
    for name, rows in [("q", H), ("k", K), ("v", K)]:
        random(p + f"self_attn.{name}_proj.weight", rows * HD, D)
    random(p + "self_attn.o_proj.weight", D, H * HD)
    ones(p + "self_attn.q_norm.weight", HD)
    ones(p + "self_attn.k_norm.weight", HD)
    random(p + "mlp.gate.weight", E, D)
    for e in range(E):
        random(p + f"mlp.experts.{e}.gate_proj.weight", INNER, D)
        random(p + f"mlp.experts.{e}.up_proj.weight", INNER, D)
        random(p + f"mlp.experts.{e}.down_proj.weight", D, INNER)

os.makedirs(HERE, exist_ok=True)
header, body = {}, b""
for name, weight in W.items():
    data = weight.tobytes()
    header[name] = {"dtype": "F32", "shape": list(weight.shape), "data_offsets": [len(body), len(body) + len(data)]}
    body += data
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(HERE, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + body)
with open(os.path.join(HERE, "config.json"), "w") as file:
    json.dump(CONFIG, file, separators=(",", ":"))
QWEN2 = ("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")
with open(os.path.join(HERE, "tokenizer.json"), "w") as file:
    json.dump({
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": len(pieces) + i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
             "special": True} for i, t in enumerate(special)],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": QWEN2}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}]},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
                  "fuse_unk": False, "byte_fallback": False, "vocab": {p: i for i, p in enumerate(pieces)}, "merges": merges},
    }, file, ensure_ascii=False, separators=(",", ":"))
with open(os.path.join(HERE, "tokenizer_config.json"), "w") as file:
    json.dump({"add_bos_token": False, "eos_token": "<|im_end|>"}, file)

w = GGUFWriter(os.path.join(HERE, "model.gguf"), "qwen3moe")
w.add_name("words-tiny")
w.add_block_count(L)
w.add_context_length(512)
w.add_embedding_length(D)
w.add_feed_forward_length(32)
w.add_head_count(H)
w.add_head_count_kv(K)
w.add_key_length(HD)
w.add_value_length(HD)
w.add_layer_norm_rms_eps(1e-6)
w.add_rope_freq_base(1e6)
w.add_expert_count(E)
w.add_expert_used_count(TOP)
w.add_expert_feed_forward_length(INNER)
w.add_vocab_size(V)
w.add_tokenizer_model("gpt2")
w.add_tokenizer_pre("qwen2")
w.add_token_list(pieces + special)
w.add_token_types([1] * len(pieces) + [3] * len(special))
w.add_token_merges(merges)
w.add_eos_token_id(V - 1)
w.add_add_bos_token(False)
NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate": "ffn_gate_inp",
}
w.add_tensor("token_embd.weight", W["model.embed_tokens.weight"])
w.add_tensor("output.weight", W["lm_head.weight"])
w.add_tensor("output_norm.weight", W["model.norm.weight"])
for n in range(L):
    p = f"model.layers.{n}."
    for old, new in NAMES.items():
        w.add_tensor(f"blk.{n}.{new}.weight", W[f"{p}{old}.weight"])
    for part in ["gate", "up", "down"]:
        w.add_tensor(f"blk.{n}.ffn_{part}_exps.weight", np.stack([W[f"{p}mlp.experts.{e}.{part}_proj.weight"] for e in range(E)]))
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
