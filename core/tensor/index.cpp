// Subscripts: what stands between the brackets becomes views of the tensor first, for the
// plain entries, and then at most one gathering of elements, for the index tensors.
//
// As in PyTorch, numbers count as plain entries: x[{0, all, i}] is x[0] first, then
// [:, i], so that the axis of i keeps its place. (NumPy would treat the 0 as one more
// index tensor, and move i's axis to the front.)
#include "tensor/index.hpp"

namespace hg {

Tensor index(std::initializer_list<int64_t> positions) { return tensor(positions, i64); }

namespace {

bool is_mask(const Tensor& t) { return t.dtype() == bool_; }

// How many axes of the tensor an entry uses up.
int axes_used(const Index& entry) {
  struct {
    int operator()(int64_t) const { return 1; }
    int operator()(const Slice&) const { return 1; }
    int operator()(NewAxis) const { return 0; }
    int operator()(Ellipsis) const { return 0; }
    int operator()(const Tensor& t) const { return is_mask(t) ? t.dim() : 1; }
  } count;
  return std::visit(count, entry.value());
}

// Walks the entries from left to right. `view` is the tensor so far, `axis` the next of its
// axes, and `indices` has an entry for each axis before it (one for all axes of a mask).
class Subscript {
 public:
  Subscript(const Tensor& x, std::span<const Index> entries) : view_(x), source_(x) {
    int used = 0, ellipses = 0;
    for (const Index& entry : entries) {
      used += axes_used(entry);
      ellipses += std::holds_alternative<Ellipsis>(entry.value());
    }
    if (ellipses > 1) throw Error("index", "only one ellipsis can stand in a subscript");
    if (used > x.dim()) {
      throw Error("index", std::to_string(used) + " axes are indexed, and the tensor " +
                               x.shape().to_string() + " has " + std::to_string(x.dim()));
    }
    hidden_ = x.dim() - used;
    for (const Index& entry : entries) {
      std::visit([this](const auto& e) { apply(e); }, entry.value());
    }
  }

  Indexed result() && {
    bool plain = std::none_of(indices_.begin(), indices_.end(),
                              [](const Tensor& t) { return t.defined(); });
    if (plain) return {view_, source_, {}};
    while (!indices_.back().defined()) indices_.pop_back();
    return {take(view_, indices_), view_, std::move(indices_)};
  }

 private:
  void apply(int64_t i) {
    int64_t size = view_.size(axis_);
    if (i < -size || i >= size) {
      throw Error("index", std::to_string(i) + " is out of range for axis " +
                               std::to_string(axis_in_source()) + " of " +
                               source_.shape().to_string() + ", which has size " +
                               std::to_string(size));
    }
    view_ = view_.select(axis_, i < 0 ? i + size : i);
    ++selected_;
  }

  void apply(const Slice& s) {
    if (s.step <= 0) {
      throw Error("index",
                  "a slice's step is " + std::to_string(s.step) + "; it must be positive");
    }
    int64_t size = view_.size(axis_);
    auto clamped = [size](int64_t i) {
      return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size);
    };
    int64_t start = clamped(s.start.value_or(0)), stop = clamped(s.stop.value_or(size));
    if (start != 0 || stop != size || s.step != 1) {
      view_ = view_.slice(axis_, start, std::max(start, stop), s.step);
    }
    whole_axis();
  }

  void apply(NewAxis) {
    view_ = view_.unsqueeze(axis_);
    --selected_;
    whole_axis();
  }

  void apply(Ellipsis) {
    for (int i = 0; i < hidden_; ++i) whole_axis();
  }

  void apply(const Tensor& t) {
    if (is_mask(t)) return apply_mask(t);
    if (!is_integral(t.dtype())) {
      throw Error("index", std::string("a tensor of type ") + name(t.dtype()) +
                               " cannot be an index; whole numbers or bool can");
    }
    if (t.dim() == 0) return apply(t.item<int64_t>());
    add_index(t, 1);
  }

  void apply_mask(const Tensor& mask) {
    if (mask.dim() == 0) {  // as a mask of size 1 over a new axis of size 1
      view_ = view_.unsqueeze(axis_);
      --selected_;
      return add_index(mask.unsqueeze(0), 1);
    }
    for (int d = 0; d < mask.dim(); ++d) {
      if (mask.size(d) != view_.size(axis_ + d)) {
        throw Error("index", "a mask of shape " + mask.shape().to_string() +
                                 " does not fit " + source_.shape().to_string() +
                                 ": its axis " + std::to_string(d) + " has size " +
                                 std::to_string(mask.size(d)) + ", the tensor's axis " +
                                 std::to_string(axis_in_source() + d) + " has " +
                                 std::to_string(view_.size(axis_ + d)));
      }
    }
    add_index(mask, mask.dim());
  }

  void add_index(const Tensor& t, int axes) {
    bool near = t.device() == view_.device();
    indices_.push_back(near ? t : t.to(device_name(view_.device())));
    axis_ += axes;
  }

  void whole_axis() {
    indices_.emplace_back();
    ++axis_;
  }
  int axis_in_source() const { return axis_ + selected_; }

  Tensor view_, source_;
  std::vector<Tensor> indices_;
  int axis_ = 0;
  int hidden_ = 0;    // axes that an ellipsis stands for
  int selected_ = 0;  // axes of the source that are gone, less those that are new
};

// Leading axes of size 1 that a value has too many are dropped, as in PyTorch.
Tensor without_leading_ones(const Tensor& value, int rank) {
  Shape shape = value.shape();
  while (shape.size() > rank && shape[0] == 1) shape.erase(0);
  return shape.size() == value.dim() ? value : value.reshape(shape);
}

}  // namespace

Indexed Tensor::operator[](const Index& entry) const {
  return Subscript(*this, std::span(&entry, 1)).result();
}

Indexed Tensor::operator[](std::initializer_list<Index> entries) const {
  return Subscript(*this, std::span(entries.begin(), entries.size())).result();
}

const Indexed& Indexed::operator=(const Tensor& value) && {
  Tensor fitting = without_leading_ones(value, dim());
  if (indices_.empty())
    copy_(fitting);
  else
    source_.index_put_(indices_, fitting.to(dtype()));
  return *this;
}

const Indexed& Indexed::operator=(Scalar value) && {
  if (indices_.empty())
    fill_(value);
  else
    source_.index_put_(indices_, full({}, value, dtype()));
  return *this;
}

// x[...] op= v: in place where the result is a view. Picked elements are a copy; they are
// computed anew and put back.

const Indexed& Indexed::operator+=(const Tensor& v) && {
  if (indices_.empty()) return add_(v), *this;
  return std::move(*this) = *this + v;
}

const Indexed& Indexed::operator+=(Scalar v) && {
  if (indices_.empty()) return add_(v), *this;
  return std::move(*this) = *this + v;
}

const Indexed& Indexed::operator-=(const Tensor& v) && {
  if (indices_.empty()) return sub_(v), *this;
  return std::move(*this) = *this - v;
}

const Indexed& Indexed::operator-=(Scalar v) && {
  if (indices_.empty()) return sub_(v), *this;
  return std::move(*this) = *this - v;
}

const Indexed& Indexed::operator*=(const Tensor& v) && {
  if (indices_.empty()) return mul_(v), *this;
  return std::move(*this) = *this * v;
}

const Indexed& Indexed::operator*=(Scalar v) && {
  if (indices_.empty()) return mul_(v), *this;
  return std::move(*this) = *this * v;
}

const Indexed& Indexed::operator/=(const Tensor& v) && {
  if (indices_.empty()) return div_(v), *this;
  return std::move(*this) = *this / v;
}

const Indexed& Indexed::operator/=(Scalar v) && {
  if (indices_.empty()) return div_(v), *this;
  return std::move(*this) = *this / v;
}

}  // namespace hg
