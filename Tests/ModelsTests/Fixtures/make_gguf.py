#!/usr/bin/env python3
"""Writes llama-tiny as GGUF, as llama.cpp's converter would; needs numpy and gguf 0.19.0.

    python3 make_gguf.py

llama-tiny-gguf   float32, so llama-tiny's cases hold: query and key rows permuted for neighbor
                  pairs, llama3 frequency scaling as the tensor rope_freqs.weight
llama-tiny-mixed  the same, matrices rounded to Q8_0, Q5_0 and Q4_1 in turn, embedding to F16
"""
import json
import math
import os
import shutil
import struct

import numpy as np
from gguf import GGMLQuantizationType as T, GGUFWriter, quants

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "llama-tiny")
NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}

with open(os.path.join(SOURCE, "config.json")) as file:
    config = json.load(file)
with open(os.path.join(SOURCE, "model.safetensors"), "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(size))
    body = file.read()


def tensor(name):
    entry = header[name]
    begin, end = entry["data_offsets"]
    return np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"])


def permuted(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def divisors():
    scaling = config["rope_scaling"]
    half, result = config["head_dim"] // 2, []
    for pair in range(half):
        wavelength = 2 * math.pi * config["rope_theta"] ** (pair / half)
        turns = scaling["original_max_position_embeddings"] / wavelength
        low, high, factor = scaling["low_freq_factor"], scaling["high_freq_factor"], scaling["factor"]
        smooth = min(max((turns - low) / (high - low), 0), 1)
        result.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(result, "<f4")


def write(folder, types):
    os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    writer = GGUFWriter(os.path.join(HERE, folder, "model.gguf"), "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tensor("rope_freqs.weight", divisors())
    turn = 0
    for name in (n for n in header if n != "__metadata__"):
        weight = tensor(name)
        if name == "model.embed_tokens.weight":
            new, kind = "token_embd.weight", T.F16 if types else T.F32
        elif name == "model.norm.weight":
            new, kind = "output_norm.weight", T.F32
        else:
            kind = T.F32 if weight.ndim == 1 or not types else types[turn % len(types)]
            turn += weight.ndim > 1
            if name == "lm_head.weight":
                new = "output.weight"
            else:
                _, _, layer, part = name.split(".", 3)
                part = part.removesuffix(".weight")
                if part.endswith("q_proj"):
                    weight = permuted(weight, config["num_attention_heads"])
                if part.endswith("k_proj"):
                    weight = permuted(weight, config["num_key_value_heads"])
                new = f"blk.{layer}.{NAMES[part]}.weight"
        data = weight.astype("<f4") if kind == T.F32 else quants.quantize(np.ascontiguousarray(weight), kind)
        writer.add_tensor(new, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


write("llama-tiny-gguf", [])
shutil.copy(os.path.join(SOURCE, "cases.json"), os.path.join(HERE, "llama-tiny-gguf", "cases.json"))
write("llama-tiny-mixed", [T.Q8_0, T.Q5_0, T.Q4_1])
shutil.copy(os.path.join(SOURCE, "cases.json"), os.path.join(HERE, "llama-tiny-mixed", "cases.json"))
