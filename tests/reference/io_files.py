"""Files by other programs, for the tests of handgrad's readers, and a check by other
programs of the files that handgrad writes.

    python3 tests/reference/io_files.py           writes what the tests read, into io/
    python3 tests/reference/io_files.py --check   reads what handgrad wrote into io/

Needs the Python packages safetensors (0.4 or later), torch and numpy.
"""
import io
import os
import struct
import sys
import zipfile

import numpy as np
import torch
import safetensors.numpy
import safetensors.torch

FOLDER = os.path.join(os.path.dirname(__file__), "io")


def path(name):
    return os.path.join(FOLDER, name)


def write_safetensors():
    safetensors.torch.save_file(
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
        path("python.safetensors"),
        metadata={"format": "pt", "note": 'quotes " and \u00e9'},
    )
    safetensors.numpy.save_file(
        {
            "u16": np.array([0, 40000, 65535], np.uint16),
            "u32": np.array([[0, 4000000000]], np.uint32),
            "u64": np.array([0, 2**63 - 1], np.uint64),
        },
        path("unsigned.safetensors"),
    )


def write_npy():
    grid = np.arange(-3, 3).reshape(2, 3)
    for name in "f2 f4 f8 i1 i2 i4 i8 >f2 >f4 >f8 >i2 >i4 >i8".split():
        np.save(path(name.replace(">", "big_") + ".npy"), grid.astype(name))
    for name in "u1 u2 u4 u8 >u2 >u4 >u8".split():
        np.save(path(name.replace(">", "big_") + ".npy"), np.abs(grid).astype(name))
    np.save(path("bool.npy"), grid > 0)
    np.save(path("fortran.npy"), np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
    np.save(path("number.npy"), np.array(2.5))
    np.save(path("empty.npy"), np.zeros((2, 0, 3), np.float32))
    np.save(path("one_axis.npy"), np.array([1.0, 2.0], np.float32))
    for version in (2, 3):
        with open(path("version%d.npy" % version), "wb") as f:
            np.lib.format.write_array(f, grid.astype("f4"), version=(version, 0))
    np.save(path("too_large.npy"), np.array([1, 2**63], np.uint64))
    np.save(path("fields.npy"), np.zeros(2, [("a", "f4"), ("b", "i4")]))
    np.save(path("objects.npy"), np.array([{"a": 1}, None], object), allow_pickle=True)
    np.save(path("complex.npy"), np.array([1j, 2]))
    np.save(path("text.npy"), np.array(["ab", "c"]))


def write_npz():
    arrays = {
        "w": np.arange(6, dtype=np.float32).reshape(2, 3),
        "labels": np.array([3, -1], np.int64),
        "layer.0/\u00e9": np.array(True),
        "zeros": np.zeros((100, 100), np.float32),
    }
    np.savez(path("stored.npz"), **{k: v for k, v in arrays.items() if k != "zeros"})
    np.savez_compressed(path("packed.npz"), **arrays)
    np.savez(path("none.npz"))
    write_zip64(path("zip64.npz"), "w.npy", arrays["w"])
    torch.save({"w": torch.ones(2)}, path("torch.pt"))


def write_zip64(name, member, array):
    """An archive all of whose sizes and places stand in the 64-bit fields."""
    npy = io.BytesIO()
    np.save(npy, array)
    data, label = npy.getvalue(), member.encode()
    crc = zipfile.crc32(data)
    full = 0xFFFFFFFF
    extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 33, crc, full, full,
                        len(label), len(extra)) + label + extra
    extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), 0)
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 33, crc, full,
                        full, len(label), len(extra), 0, 0, 0, 0, full) + label + extra
    start = len(local) + len(data)
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, len(entry),
                        start)
    locator = struct.pack("<IIQI", 0x07064B50, 0, start + len(entry), 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, full, full, 0)
    with open(name, "wb") as f:
        f.write(local + data + entry + end64 + locator + end)
    assert (np.load(name)["w"] == array).all()


def check():
    """What tests/safetensors_test.cpp and tests/npy_test.cpp write, byte for byte."""
    wanted = {
        "f32": [[0.5, -1.25], [3.0, float("inf")]],
        "f64": [0.1],
        "i64": [-(2**63), 2**63 - 1],
        "i32": [-5],
        "i16": [-300],
        "i8": [-128, 127],
        "u8": [200],
        "bool": [True, False],
        "f16": [1.5],
        "bf16": [1.5],
        "number": 7.0,
        "empty": np.zeros((0, 3)),
    }
    # torch has no u16, NumPy no bf16.
    with safetensors.safe_open(path("handgrad.safetensors"), "pt") as f:
        assert f.metadata() == {"epoch": "3", "text": "\u00fc\n"}
        found = {k: f.get_tensor(k) for k in f.keys() if k != "u16"}
    assert found["bf16"].dtype == torch.bfloat16
    found = {k: (v.float() if k == "bf16" else v).numpy() for k, v in found.items()}
    with safetensors.safe_open(path("handgrad.safetensors"), "np") as f:
        found["u16"] = f.get_tensor("u16")
    assert found["u16"].dtype == np.uint16
    compare(found, dict(wanted, u16=[0, 65535]))
    for name in "handgrad.npz", "handgrad_packed.npz":
        with np.load(path(name)) as z:
            found = {k: z[k] for k in z}
        assert found["f32"].dtype == np.float32 and found["f16"].dtype == np.float16
        compare(found, wanted)
    assert (np.load(path("handgrad.npy")) == [[0, 1, 2], [3, 4, 5]]).all()
    print("all as it should be")


def compare(found, wanted):
    assert sorted(found) == sorted(wanted), (sorted(found), sorted(wanted))
    for name, value in wanted.items():
        value = np.asarray(value)
        assert found[name].shape == value.shape, name
        assert (found[name] == value.astype(found[name].dtype)).all(), name


if sys.argv[1:] == ["--check"]:
    check()
else:
    os.makedirs(FOLDER, exist_ok=True)
    write_safetensors()
    write_npy()
    write_npz()
