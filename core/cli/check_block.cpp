#include "cli/check_block.hpp"

#include <algorithm>
#include <cstring>

#include "tensor/impl.hpp"

namespace hg::cli::check {
namespace {

Shape strides_for(const Shape& shape, Layout layout) {
  Shape strides = contiguous_strides(shape);
  if (layout == Layout::gaps) {
    for (int64_t& s : strides) s *= 2;
  } else if (layout == Layout::columns) {
    int64_t step = 1;
    for (int d = 0; d < shape.size(); ++d) {
      strides[d] = step;
      step *= std::max<int64_t>(shape[d], 1);
    }
  }
  return strides;
}

}  // namespace

Block::Block(std::string name, const Shape& shape, DType dtype, Place place,
             Layout layout) {
  size_t elements = size_t(shape.numel()) * (layout == Layout::gaps ? 2 : 1);
  memory = std::make_unique<Guarded>(std::move(name), elements * size_of(dtype), place);
  Shape strides = strides_for(shape, layout);
  desc.data = memory->data();
  desc.dev_type = HG_CPU;
  desc.ndim = shape.size();
  desc.code = info(dtype).code;
  desc.bits = info(dtype).bits;
  desc.lanes = 1;
  desc.shape = dims_;
  desc.strides = dims_ + max_rank;
  std::copy(shape.begin(), shape.end(), desc.shape);
  std::copy(strides.begin(), strides.end(), desc.strides);
}

void Block::fill(uint8_t poison) { std::memset(memory->data(), poison, memory->bytes()); }

void Block::store(const Array& values) {
  if (values.size() == 0) return;
  fill(0xff);  // the gaps
  Shape shape = values.shape, rows = contiguous_strides(shape);
  hg_tensor source = desc;
  source.data = const_cast<std::byte*>(values.bytes.data());
  source.strides = rows.begin();
  copy_elements(desc, source);
}

Array Block::read() const {
  if (desc.ndim < 0) return {};
  Array values(shape_of(desc), dtype_of(desc));
  if (values.size() == 0) return values;
  Shape rows = contiguous_strides(values.shape);
  hg_tensor target = desc;
  target.data = values.bytes.data();
  target.strides = rows.begin();
  copy_elements(target, desc);
  return values;
}

}  // namespace hg::cli::check
