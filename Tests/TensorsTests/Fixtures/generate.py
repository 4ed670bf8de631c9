#!/usr/bin/env python3
"""Makes the decode and encode vectors in this folder; needs numpy and gguf 0.19.0.

    python3 generate.py [FORMATS]     # FORMATS: folder with the golden formats' vectors.safetensors

Per type NAME: NAME.bytes (random blocks), NAME.f32 (their values by gguf.quants.dequantize); for
types that gguf can write also NAME.encoded (its bytes for input.f32).  Little-endian throughout.
With FORMATS also e4m3.f32 and e2m1.f32, the values of all bit patterns.
"""
import json
import os
import struct
import sys

import numpy as np
from gguf import GGMLQuantizationType as T, quants

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = np.random.Generator(np.random.PCG64(7))
HALVES = {T.Q4_1: [0, 2], T.Q5_0: [0], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q6_K: [208]}
BLOCK_BYTES = {T.Q4_1: 20, T.Q5_0: 22, T.Q8_0: 34, T.Q4_K: 144, T.Q6_K: 210}


def write(name, array):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(array.tobytes())


# Blocks: every bit random, scales finite halves of both signs, some subnormal, some zero.
for kind, offsets in HALVES.items():
    blocks = RANDOM.integers(0, 256, (24, BLOCK_BYTES[kind]), dtype=np.uint8)
    for offset in offsets:
        halves = (RANDOM.standard_normal(24) * 0.05).astype(np.float16)
        halves[0], halves[1], halves[2] = 0, np.float16(3e-7), np.float16(-6e-5)
        blocks[:, offset:offset + 2] = halves.view(np.uint8).reshape(24, 2)
    name = kind.name.lower().replace("_k", "_K")
    write(name + ".bytes", blocks)
    write(name + ".f32", quants.dequantize(blocks, kind).astype("<f4"))

# Formats that are only read, from random blocks of their own.
OTHER = np.random.Generator(np.random.PCG64(8))
READ = {T.Q4_0: ([0], 18), T.Q5_1: ([0, 2], 24), T.Q2_K: ([80, 82], 84), T.Q3_K: ([108], 110),
        T.Q5_K: ([0, 2], 176), T.IQ2_XXS: ([0], 66), T.IQ4_NL: ([0], 18), T.IQ4_XS: ([0], 136),
        T.MXFP4: ([], 17)}
for kind, (offsets, size) in READ.items():
    blocks = OTHER.integers(0, 256, (24, size), dtype=np.uint8)
    for offset in offsets:
        halves = (OTHER.standard_normal(24) * 0.05).astype(np.float16)
        halves[0], halves[1], halves[2] = 0, np.float16(3e-7), np.float16(-6e-5)
        blocks[:, offset:offset + 2] = halves.view(np.uint8).reshape(24, 2)
    if kind == T.MXFP4:
        blocks[:, 0] = OTHER.integers(1, 254, 24)
    name = kind.name.lower().replace("_k", "_K")
    write(name + ".bytes", blocks)
    write(name + ".f32", quants.dequantize(blocks, kind).astype("<f4"))

# Halves: all exponents, both signs.
bits = (np.arange(0, 65536, 61) & 0xFFFF).astype(np.uint16)
finite = bits[(bits & 0x7C00) != 0x7C00]
write("f16.bytes", finite)
write("f16.f32", finite.view(np.float16).astype("<f4"))
finite = bits[(bits & 0x7F80) != 0x7F80]
write("bf16.bytes", finite)
write("bf16.f32", quants.dequantize(finite.view(np.uint8), T.BF16).astype("<f4"))

# Encoders: ordinary weights, a block of zeros, a constant block, a block with one spike.
values = (RANDOM.standard_normal(16 * 256) * 0.3).astype("<f4")
values[0:32] = 0
values[32:64] = 0.25
values[64:96] = 0
values[70] = -3.5
write("input.f32", values)
for kind in [T.Q4_1, T.Q5_0, T.Q8_0, T.F16, T.BF16]:
    write(kind.name.lower() + ".encoded", quants.quantize(values, kind))

if len(sys.argv) > 1:
    with open(os.path.join(sys.argv[1], "vectors.safetensors"), "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        body = file.read()
    for name in ["e4m3", "e2m1"]:
        begin, end = header[name + ".table"]["data_offsets"]
        write(name + ".f32", np.frombuffer(body[begin:end], "<f4"))
