#!/usr/bin/env python3
"""Makes qwen2moe-tiny with a float64 numpy model written from the published description; needs numpy.

    python3 make_qwen2moe.py

Qwen2's block (biases on q, k, v; half-split RoPE) with experts: softmax over all experts, the best three
without renormalization, and a shared expert whose output the sigmoid of a product of its own scales.
"""
import base64
import json
import os
import struct

import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "qwen2moe-tiny")
SEED = 20261124
RANDOM = np.random.Generator(np.random.PCG64(SEED))
V, D, L, H, K, HD, E, TOP, INNER, SHARED = 256, 64, 3, 4, 2, 16, 8, 3, 32, 48
CONFIG = {
    "architectures": ["Qwen2MoeForCausalLM"], "model_type": "qwen2_moe", "vocab_size": V, "hidden_size": D,
    "intermediate_size": 96, "num_hidden_layers": L, "num_attention_heads": H, "num_key_value_heads": K,
    "hidden_act": "silu", "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
    "num_experts": E, "num_experts_per_tok": TOP, "moe_intermediate_size": INNER,
    "shared_expert_intermediate_size": SHARED, "norm_topk_prob": False, "decoder_sparse_step": 1,
    "mlp_only_layers": [], "tie_word_embeddings": False, "use_sliding_window": False, "torch_dtype": "float32",
}


def random(*shape, scale):
    return (RANDOM.standard_normal(shape) * scale).astype("<f4")


W = {"model.embed_tokens.weight": random(V, D, scale=1), "lm_head.weight": random(V, D, scale=0.4),
     "model.norm.weight": 1 + random(D, scale=0.2)}
for n in range(L):
    p = f"model.layers.{n}."
    W[p + "input_layernorm.weight"] = 1 + random(D, scale=0.2)
    W[p + "post_attention_layernorm.weight"] = 1 + random(D, scale=0.2)
    for name, rows in [("q", H * HD), ("k", K * HD), ("v", K * HD)]:
        W[p + f"self_attn.{name}_proj.weight"] = random(rows, D, scale=0.15)
        W[p + f"self_attn.{name}_proj.bias"] = random(rows, scale=0.3)
    W[p + "self_attn.o_proj.weight"] = random(D, H * HD, scale=0.15)
    W[p + "mlp.gate.weight"] = random(E, D, scale=0.2)
    W[p + "mlp.shared_expert_gate.weight"] = random(1, D, scale=0.2)
    for where, inner in [(f"experts.{e}", INNER) for e in range(E)] + [("shared_expert", SHARED)]:
        W[p + f"mlp.{where}.gate_proj.weight"] = random(inner, D, scale=0.2)
        W[p + f"mlp.{where}.up_proj.weight"] = random(inner, D, scale=0.2)
        W[p + f"mlp.{where}.down_proj.weight"] = random(D, inner, scale=0.2)
F = {k: v.astype(np.float64) for k, v in W.items()}


def rms(x, g):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6) * g


def rope(x):
    half = HD // 2
    angle = np.arange(len(x))[:, None] * CONFIG["rope_theta"] ** (-np.arange(half) / half)
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * c - b * s, b * c + a * s], -1)


def mlp(p, x):
    g = x @ F[p + "gate_proj.weight"].T
    return (g / (1 + np.exp(-g)) * (x @ F[p + "up_proj.weight"].T)) @ F[p + "down_proj.weight"].T


def moe(p, x):
    z = x @ F[p + "gate.weight"].T
    w = np.exp(z - z.max(-1, keepdims=True))
    w /= w.sum(-1, keepdims=True)
    y = mlp(p + "shared_expert.", x) / (1 + np.exp(-x @ F[p + "shared_expert_gate.weight"].T))
    for t in range(len(x)):
        for e in np.argsort(-w[t], kind="stable")[:TOP]:
            y[t] += w[t, e] * mlp(p + f"experts.{e}.", x[t])
    return y


def forward(tokens):
    x = F["model.embed_tokens.weight"][tokens]
    mask = np.triu(np.full((len(tokens),) * 2, -np.inf), 1)
    for n in range(L):
        p = f"model.layers.{n}."
        a = rms(x, F[p + "input_layernorm.weight"])
        q, k, v = (
            (a @ F[p + f"self_attn.{i}_proj.weight"].T + F[p + f"self_attn.{i}_proj.bias"]).reshape(len(a), -1, HD)
            for i in "qkv")
        q, k = rope(q), rope(k).repeat(H // K, 1)
        s = np.einsum("qhd,khd->hqk", q, k) / HD ** 0.5 + mask
        w = np.exp(s - s.max(-1, keepdims=True))
        w /= w.sum(-1, keepdims=True)
        o = np.einsum("hqk,khd->qhd", w, v.repeat(H // K, 1)).reshape(len(a), -1)
        x = x + o @ F[p + "self_attn.o_proj.weight"].T
        x = x + moe(p + "mlp.", rms(x, F[p + "post_attention_layernorm.weight"]))
    return rms(x, F["model.norm.weight"]) @ F["lm_head.weight"].T


def case(length):
    tokens = [int(t) for t in RANDOM.integers(0, V, length)]
    logits = forward(tokens)
    positions = []
    for position in sorted({0, length // 2, length - 1}):
        ids = [int(i) for i in np.argsort(-logits[position])[:8]]
        positions.append({"position": position, "ids": ids, "values": [float(logits[position][i]) for i in ids]})
    sequence = list(tokens)
    for _ in range(32):
        sequence.append(int(np.argmax(forward(sequence)[-1])))
    return {"name": f"len{length}", "tokens": tokens, "positions": positions, "greedy": sequence[length:],
            "last_logits_f32le_base64": base64.b64encode(logits[-1].astype("<f4").tobytes()).decode()}


os.makedirs(HERE, exist_ok=True)
header, body = {}, b""
for name in sorted(W):
    data = W[name].astype("<f4").tobytes()
    header[name] = {"dtype": "F32", "shape": list(W[name].shape), "data_offsets": [len(body), len(body) + len(data)]}
    body += data
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(HERE, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + body)
with open(os.path.join(HERE, "config.json"), "w") as file:
    json.dump(CONFIG, file, separators=(",", ":"))
with open(os.path.join(HERE, "cases.json"), "w") as file:
    json.dump({"versions": {"numpy": np.__version__}, "seed": SEED, "cases": [case(n) for n in (1, 9, 40)]}, file,
              separators=(",", ":"))
