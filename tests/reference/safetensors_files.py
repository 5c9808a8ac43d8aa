"""Writes python.safetensors, a file by the reference implementation of the format (the
Python package safetensors, version 0.4 or later), which tests/safetensors_test.cpp reads.

    python3 tests/reference/safetensors_files.py
"""
import os

import torch
from safetensors.torch import save_file

save_file(
    {
        "f32": torch.tensor([[0.5, -1.25, 3.0], [1e-40, float("inf"), 2.0**127]]),
        "f64": torch.tensor([0.1, -2.5e300], dtype=torch.float64),
        "i64": torch.tensor([-(2**63), 2**63 - 1]),
        "i32": torch.tensor([[-1], [2]], dtype=torch.int32),
        "i16": torch.tensor([-300, 300], dtype=torch.int16),
        "i8": torch.tensor([-128, 127, 1], dtype=torch.int8),
        "u8": torch.tensor([0, 200, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "f16": torch.tensor([1.5, -0.25, 65504.0], dtype=torch.float16),
        "bf16": torch.tensor([1.5, -0.25, 1e38], dtype=torch.bfloat16),
        "number": torch.tensor(7.0),
        "empty": torch.zeros(0, 3),
        "layer.0.weight \u00e9\U0001f642": torch.ones(1, 1, 2),
    },
    os.path.join(os.path.dirname(__file__), "python.safetensors"),
    metadata={"format": "pt", "note": 'quotes " and \u00e9'},
)
