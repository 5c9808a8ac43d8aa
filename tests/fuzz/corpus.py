"""Writes the files that fuzzing starts from: corpus/TARGET/NAME, small ones of every kind
that a reader knows.

    python3 tests/fuzz/corpus.py

Needs gcc, for a shared library. Those for safetensors and NumPy come from ../reference/io,
where tests/reference/io_files.py says what they are. corpus/image/jpeg is an 8x8 picture by
stb_image_write.
"""
import gzip
import json
import os
import shutil
import struct
import subprocess
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "..", "reference", "io")


def write(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def copy(target, *names):
    for name in names:
        with open(os.path.join(REFERENCE, name), "rb") as f:
            write(target, name, f.read())


def tensors():
    copy("safetensors", "python.safetensors", "unsigned.safetensors")
    header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    length = struct.pack("<Q", len(header))
    write("safetensors", "small", length + header.encode() + bytes(8))
    copy("npy", "f4.npy", "big_i4.npy", "u8.npy", "bool.npy", "fortran.npy", "version2.npy",
         "number.npy", "fields.npy", "objects.npy", "complex.npy")
    copy("npz", "stored.npz", "packed.npz", "zip64.npz", "none.npz")


def checkpoint():
    """The target's own run, before its first step and behind its second."""
    texts = {
        "format": "handgrad checkpoint 1", "run.epoch": "1", "run.step": "2",
        "run.numbers.best": "0.1", "run.generator.seed": "1", "run.generator.calls": "3",
        "run.part.model": "model", "run.part.optimizer": "optimizer",
        "run.part.schedule": "schedule", "run.part.data": "data",
        "run.part.generator": "generator",
        "optimizer.optimizer": "optim.sgd", "optimizer.groups": "1",
        "optimizer.group.0.params": "2", "optimizer.group.0.lr": "0.1",
        "optimizer.group.0.momentum": "0.9", "optimizer.group.0.dampening": "0",
        "optimizer.group.0.weight_decay": "0", "optimizer.group.0.nesterov": "false",
        "optimizer.group.0.maximize": "false", "optimizer.group.0.initial_lr": "0.1",
        "optimizer.0.shape": "(2,1)", "optimizer.0.steps": "2",
        "optimizer.1.shape": "(2)", "optimizer.1.steps": "2",
        "schedule.scheduler": "StepLR", "schedule.last_epoch": "1",
        "schedule.base_lrs": "(0.1)", "schedule.last_lr": "(0.1)",
        "data.seed": "1", "data.epoch": "0", "data.batch": "1", "data.examples": "4",
        "data.batches": "2", "generator.seed": "1", "generator.calls": "0",
    }
    names = ["model.weight", "model.bias", "optimizer.0.momentum_buffer",
             "optimizer.1.momentum_buffer"]
    for stepped in False, True:
        header = {"__metadata__": dict(texts)}
        if not stepped:
            for i in "0", "1":
                header["__metadata__"]["optimizer.%s.steps" % i] = "0"
        at = 0
        for name in names if stepped else names[:2]:
            shape = [2, 1] if name.endswith("weight") or ".0." in name else [2]
            ends = [at, at + 8]
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": ends}
            at += 8
        text = json.dumps(header, separators=(",", ":"))
        write("checkpoint", "stepped" if stepped else "fresh",
              text.encode() + b"\0" + bytes(at))


def idx():
    header = b"\0\0\x08\3" + struct.pack(">III", 2, 3, 3)
    write("idx", "images", header + bytes(range(18)))
    write("idx", "images.gz", gzip.compress(header + bytes(range(18)), mtime=0))
    write("idx", "floats", b"\0\0\x0d\1" + struct.pack(">Iff", 2, 1.5, -1))
    write("idx", "number", b"\0\0\x0c\0" + struct.pack(">i", -7))
    write("idx", "empty", b"\0\0\x08\2" + struct.pack(">II", 0, 5))
    zeros = b"\0\0\x08\1" + struct.pack(">I", 20000) + bytes(20000)
    write("idx", "bomb.gz", gzip.compress(zeros, mtime=0))


def csv():
    write("csv", "houses",
          "\0NumRooms,Alley,Price\nNA,Pave,127500\n2,NA,106000\n4,NA,178100\n")
    write("csv", "quotes", '\0a,"b ""c"", d"\r\n1,"x\ny"\r\n\r\n2.5e3,-0x1\r\n')
    write("csv", "blanks", "\x0e  1\t 2 \n3 4\n NA nan\n")
    write("csv", "semicolons", "\x01a;b\n1;\u00e9\n")


def chunk(name, data):
    crc = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)


def png(color, depth, rows, extra=b""):
    width = {1: 8, 8: 4}[depth]
    header = struct.pack(">IIBBBBB", width, len(rows), depth, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) +
            chunk(b"IEND", b""))


def images():
    rows = [bytes(range(4 * i, 4 * i + 4)) for i in range(4)]
    write("image", "grey.png", b"\0" + png(0, 8, rows))
    write("image", "colour.png", b"\2" + png(2, 8, [row * 3 for row in rows]))
    write("image", "opacity.png", b"\3" + png(6, 8, [row * 4 for row in rows]))
    write("image", "bits.png", b"\0" + png(0, 1, [b"\x55", b"\xaa"]))
    palette = chunk(b"PLTE", bytes(range(48)))
    write("image", "palette.png", b"\2" + png(3, 8, rows, palette))
    write("image", "grey.pgm", b"\0P5\n# seen\n3 2\n255\n" + bytes(6))
    write("image", "colour.ppm", b"\2P6 2 2 255\n" + bytes(12))
    bmp = struct.pack("<IIIIiiHHIIiiII", 62, 0, 54, 40, 2, -1, 1, 24, 0, 8, 0, 0, 0, 0)
    write("image", "colour.bmp", b"\0BM" + bmp + bytes(8))


def wav():
    def file(fmt, data, extra=b""):
        body = (b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + extra + b"data" +
                struct.pack("<I", len(data)) + data)
        return b"RIFF" + struct.pack("<I", len(body)) + body

    def fmt(code, channels, bits):
        frame = channels * bits // 8
        return struct.pack("<HHIIHH", code, channels, 8000, 8000 * frame, frame, bits)

    write("wav", "pcm8", file(fmt(1, 1, 8), bytes([0, 128, 255, 1])))
    write("wav", "pcm16", file(fmt(1, 2, 16), struct.pack("<4h", 0, -32768, 32767, 1)))
    write("wav", "pcm24", file(fmt(1, 1, 24), bytes(9)))
    write("wav", "pcm32", file(fmt(1, 1, 32), struct.pack("<2i", -1, 2**31 - 1)))
    write("wav", "float32", file(fmt(3, 1, 32), struct.pack("<2f", 0.5, -1),
                                 b"LIST" + struct.pack("<I", 3) + b"abc\0"))
    write("wav", "float64", file(fmt(3, 1, 64), struct.pack("<2d", 0.5, -1)))
    guid = b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    more = struct.pack("<HHIH", 22, 16, 4, 1) + guid
    write("wav", "extensible", file(fmt(0xFFFE, 1, 16) + more, bytes(4)))


def cifar():
    write("cifar", "two", bytes([3]) + bytes(3072) + bytes([9]) + bytes(range(256)) * 12)


def elf():
    source = "int puts(const char*); int twice(int x) { return puts(\"x\") + 2 * x; }\n"
    with tempfile.TemporaryDirectory() as folder:
        code, library = os.path.join(folder, "x.c"), os.path.join(folder, "x.so")
        with open(code, "w") as f:
            f.write(source)
        for name, hash_style in ("gnu_hash", "gnu"), ("sysv_hash", "sysv"):
            subprocess.run(["gcc", "-shared", "-fPIC", "-Os", "-nostartfiles", "-s",
                            "-Wl,-z,noseparate-code,-z,norelro,--build-id=none",
                            "-Wl,--hash-style=" + hash_style, "-o", library, code],
                           check=True)
            with open(library, "rb") as f:
                write("elf", name, f.read())


def texts():
    write("attributes", "flags", '\0{"dim": -1, "keepdim": true}')
    write("attributes", "lists", '\5{"dim": [0, 1], "value": "inf"}')
    write("attributes", "texts", '\x11{"reduction": "mean", "weight": null, "p": 2.0}')
    write("attributes", "one", '\x20{"stride": 2, "padding": [1, 1], "alpha": 1e-3}')
    write("samples", "all", "normal[3,4] uniform[2] positive[1] distinct[2,2] index(4)[3] "
                            "simplex[2,3] spd[3,3] bool[2] none normal")
    write("samples", "typed", "normal[2]:f64 index(7)[2,1]:i32 normal[0,3]:f16")
    write("einsum", "matmul", "\2\3ij,jk->ik")
    write("einsum", "dots", "\5\4 ... i , i j -> ... j")
    write("einsum", "trace", "\4\0ii->")
    write("einsum", "implicit", "\2\6ab,cb")
    write("text", "utf8", "\ufeffone\r\ntwo \u00e9\U0001f642\rthree")
    lesson = """// # A lesson
//
// Prose, and a formula:
//
//     y = 2 x
#include <cstdio>

int main() {
  std::puts("y = 4");  // behind the code
  //> y = 4
  //>[5%] y = 4.1
  //>[0.01] y = 4.001
  //~ 12 ms
}

// ## Exercises
// 1. *predict* `puts`
"""
    write("literate", "lesson", lesson)
    write("literate", "prints",
          "//> a 1 b 2.50 c\na  1 b 2.5  c\n/* //> no */ \"//> no\"\n")
    page = """\1# Title & <more>

A *word*, **two**, `code` and [a link](other.md#part), $x_1 + y$.

- one
  - two
1. three

| a | b |
| --- | ---: |
| `x` | \\| |

```cpp
int x;  // @
```

    formula \\alpha

> quoted
$$
z
$$
"""
    write("markdown", "page", page)
    write("markdown", "marks", "\0**a *b** c*\n[x](y\n`z\n| a\n|-\n``` \n")


if __name__ == "__main__":
    for make in (tensors, checkpoint, idx, csv, images, wav, cifar, elf, texts):
        make()
    shutil.rmtree(os.path.join(HERE, "__pycache__"), ignore_errors=True)
