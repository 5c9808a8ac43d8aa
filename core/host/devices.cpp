#include "host/devices.hpp"

#include <charconv>

#include "host/registry.hpp"
#include "tensor/error.hpp"
#include "tensor/tensor.hpp"

namespace hg {
namespace {

// Asks the device's plugin; the reason for a count of 0 goes to `reason`.
int probe(const std::string& kind, std::string& reason) {
  const hg_device* device = Registry::get().find_device(kind);
  if (!device) {
    reason = "no plugin brings a device '" + kind + "'";
    return 0;
  }
  int32_t count = 0;
  char text[512] = "";
  int32_t status = device->probe(device, &count, text, sizeof text);
  reason = text[0] ? text : "the driver found no device";
  return status == HG_OK && count > 0 ? count : 0;
}

}  // namespace

int device_count(const std::string& kind) {
  if (kind == "cpu") return 1;
  std::string reason;
  return probe(kind, reason);
}

Device device_from_name(const std::string& name) {
  std::string kind = name.substr(0, name.find(':'));
  int32_t index = 0;
  if (kind.size() < name.size()) {
    const char *first = name.data() + kind.size() + 1, *last = name.data() + name.size();
    auto [end, error] = std::from_chars(first, last, index);
    if (error != std::errc() || end != last || index < 0) {
      throw Error("device", "'" + name + "' is no device",
                  "cpu, cuda, cuda:0, cuda:1, ...");
    }
  }
  std::string reason;
  int count = kind == "cpu" ? 1 : probe(kind, reason);
  if (count == 0)
    throw Error("device", "'" + name + "' cannot be used: " + reason, "use cpu");
  if (index >= count) {
    throw Error("device", "'" + name + "' was asked for, and there " +
                              (count == 1 ? "is 1" : "are " + std::to_string(count)) +
                              " of this kind, counted from 0");
  }
  if (kind == "cpu") return {HG_CPU, 0};
  return {Registry::get().find_device(kind)->dev_type, index};
}

std::string device_name(const Device& d) {
  if (d.type == HG_CPU) return "cpu";
  std::string kind = d.type == HG_CUDA ? "cuda" : "device" + std::to_string(d.type);
  return kind + ":" + std::to_string(d.index);
}

Tensor Tensor::to(const std::string& name) const {
  Device wanted = device_from_name(name);
  if (wanted == device()) return *this;
  throw Error("to", "tensors of this build live on the cpu; '" + name +
                        "' has no memory of "
                        "its own here");
}

}  // namespace hg
