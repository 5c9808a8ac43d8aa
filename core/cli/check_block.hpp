// A tensor in guarded memory.
#pragma once

#include <memory>
#include <string>

#include "cli/check_memory.hpp"
#include "cli/check_values.hpp"

namespace hg::cli::check {

/// How the elements of in[] and dout[] lie: in row-major order, or as only HG_STRIDED_OK
/// kernels see them: first axis fastest, or with a gap after each element.
enum class Layout { rows, columns, gaps };

class Block {
 public:
  Block() { desc.ndim = -1; }  // an absent input
  Block(std::string name, const Shape& shape, DType dtype, Place place,
        Layout layout = Layout::rows);
  Block(const Block&) = delete;

  void fill(uint8_t poison);
  void store(const Array& values);
  Array read() const;

  hg_tensor desc{};
  std::unique_ptr<Guarded> memory;

 private:
  int64_t dims_[2 * max_rank] = {};
};

}  // namespace hg::cli::check
