"""Writes promotion.txt: torch.result_type of every pair of operands.

An operand is a type and how it comes: "axes" a tensor with axes, "single" a tensor without,
"number" a plain Python number (bool, int or float only). One line per pair:

    i64 axes f32 number -> f32
"""
import os
import torch

types = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "i32": torch.int32,
         "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8, "bool": torch.bool,
         "f16": torch.float16, "bf16": torch.bfloat16}
names = {torch_type: name for name, torch_type in types.items()}
numbers = {"bool": True, "i64": 1, "f32": 1.0}

operands = [(name, "axes", torch.ones(2, dtype=t)) for name, t in types.items()]
operands += [(name, "single", torch.ones((), dtype=t)) for name, t in types.items()]
operands += [(name, "number", value) for name, value in numbers.items()]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "promotion.txt")
with open(path, "w") as out:
    for name_a, form_a, a in operands:
        for name_b, form_b, b in operands:
            result = names[torch.result_type(a, b)]
            out.write(f"{name_a} {form_a} {name_b} {form_b} -> {result}\n")
