// save and load: tensors in a file, in the format that its name asks for.
//
//     hg::save(net.state_dict(), "model/net.safetensors");
//     net.load_state_dict(hg::load("model/net.safetensors"));
//
//     hg::save(x, "x.npy");                    // one tensor
//     Tensor x = hg::load_tensor("x.npy");
//
// .npy is NumPy's file for one array, .npz for several. Any other name means safetensors,
// which PyTorch users know as well. None of them can hold code, so that a file from a
// stranger is safe to open.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg {

/// The tensors under their names. A file that is there already is replaced whole or not at
/// all. Throws if the folder does not exist.
void save(const std::vector<std::pair<std::string, Tensor>>& tensors,
          const std::string& path);
/// A list without names: "0", "1", ...
void save(const std::vector<Tensor>& tensors, const std::string& path);
/// One tensor.
void save(const Tensor& tensor, const std::string& path);

/// All tensors of a file with their names, in the order of the file. The one in a .npy has
/// the name "0".
std::vector<std::pair<std::string, Tensor>> load(const std::string& path);
/// The tensor of a file with one tensor; throws if it has more, or none.
Tensor load_tensor(const std::string& path);

}  // namespace hg
