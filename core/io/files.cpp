#include "io/files.hpp"

#include "io/npy.hpp"
#include "io/safetensors.hpp"

namespace hg {
namespace {

io::TensorList numbered(const std::vector<Tensor>& tensors) {
  io::TensorList list;
  for (size_t i = 0; i < tensors.size(); ++i) {
    list.emplace_back(std::to_string(i), tensors[i]);
  }
  return list;
}

}  // namespace

void save(const io::TensorList& tensors, const std::string& path) {
  if (path.ends_with(".npy")) {
    if (tensors.size() != 1) {
      throw Error(
          "save",
          path + ": a .npy file holds one tensor, not " + std::to_string(tensors.size()),
          "use .npz or .safetensors");
    }
    io::write_npy(path, tensors[0].second);
  } else if (path.ends_with(".npz")) {
    io::Tensors named;
    for (const auto& [name, t] : tensors) {
      if (!named.emplace(name, t).second) {
        throw Error("save", path + ": there are two tensors called '" + name + "'");
      }
    }
    io::write_npz(path, named);
  } else {
    io::write_safetensors_list(path, tensors);
  }
}

void save(const std::vector<Tensor>& tensors, const std::string& path) {
  save(numbered(tensors), path);
}

void save(const Tensor& tensor, const std::string& path) { save(numbered({tensor}), path); }

io::TensorList load(const std::string& path) {
  io::TensorList list;
  if (path.ends_with(".npy")) {
    list.emplace_back("0", io::read_npy(path));
  } else if (path.ends_with(".npz")) {
    for (auto& [name, t] : io::read_npz(path)) list.emplace_back(name, t);
  } else {
    const io::SafetensorsFile file(path);
    for (const auto& entry : file.entries()) {
      list.emplace_back(entry.name, file.read(entry));
    }
  }
  return list;
}

Tensor load_tensor(const std::string& path) {
  const io::TensorList list = load(path);
  if (list.size() != 1) {
    throw Error("load_tensor",
                path + ": it holds " + std::to_string(list.size()) + " tensors, not one",
                "load(path) gives all of them");
  }
  return list[0].second;
}

}  // namespace hg
