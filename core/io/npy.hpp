// .npy and .npz: NumPy's files, of one array and of several.
//
// Versions 1 to 3, both orders of axes and of bytes are read. u2 is read as i32, u4 and u8
// as i64, with every value kept. Structures, texts, dates, complex numbers and Python
// objects, which would be code to run, are refused.
//
// Written are version 1.0, the last axis innermost and the lowest byte first. NumPy has no
// bf16: its numbers are written as f32, which holds each of them.
#pragma once

#include "io/npy_header.hpp"
#include "io/safetensors.hpp"

namespace hg::io {

/// The array in a .npy file.
Tensor read_npy(const std::string& path);
/// Replaces the file, if there is one already, at once or not at all.
void write_npy(const std::string& path, const Tensor& t);

/// The arrays in a .npz file, which is a zip archive of .npy files: "w" is the one called
/// "w.npy". Packed members are unpacked and their checksums tested.
Tensors read_npz(const std::string& path);
/// `packed`: smaller and slower, as numpy.savez_compressed.
void write_npz(const std::string& path, const Tensors& tensors, bool packed = false);

/// Name and header of each array, which is in no tensor yet.
NpyHeader list_npy(const std::string& path);
std::vector<std::pair<std::string, NpyHeader>> list_npz(const std::string& path);

}  // namespace hg::io
