// What a call is given: inputs of one type on one device, attributes of the declared kinds.
#include "handgrad_plugin.hpp"
#include "host/invocation.hpp"
#include "tensor/promotion.hpp"

namespace hg {

void Invocation::take_inputs(std::span<const Tensor* const> inputs) {
  bool variadic = def_.n_in && (def_.in[def_.n_in - 1]->flags & HG_VARIADIC);
  if (n_in_ > def_.n_in && !variadic) {
    throw Error(op_.short_name(), std::to_string(n_in_) + " inputs; it takes " +
                                      std::to_string(def_.n_in));
  }
  for (uint32_t i = 0; i < n_in_; ++i) {
    in_[i] = inputs[i]->impl();
    if (in_[i]) {
      desc_[i] = in_[i]->desc;
      if (in_[0] && desc_[i].dev_type != desc_[0].dev_type) refuse_devices(i);
    } else {
      desc_[i] = hg_tensor{};
      desc_[i].ndim = -1;
      require_optional(i);
    }
  }
  for (uint32_t i = n_in_; i < def_.n_in; ++i) require_optional(i);
}

void Invocation::refuse_devices(uint32_t i) {
  throw Error(op_.short_name(),
              "input '" + input_name(0) + "' and input '" + input_name(i) +
                  "' are on different devices",
              "move one with to(device)");
}

void Invocation::require_optional(uint32_t i) {
  uint32_t flags = def_.in[std::min(i, def_.n_in - 1)]->flags;
  if (flags & HG_OPTIONAL) return;
  if ((flags & HG_VARIADIC) && i >= n_in_) return;  // an empty list
  throw Error(op_.short_name(), "input '" + input_name(i) + "' is missing");
}

void Invocation::resolve_attributes(std::span<const hg_value> given) {
  if (given.size() > def_.n_attr) {
    throw Error(op_.short_name(), std::to_string(given.size()) + " attributes; it has " +
                                      std::to_string(def_.n_attr));
  }
  for (uint32_t k = 0; k < def_.n_attr; ++k) {
    const hg_attr& declared = *def_.attrs[k];
    attr_[k] = k < given.size() ? given[k] : declared.dflt;
    if (attr_[k].kind != int32_t(declared.kind)) convert_attribute(declared, attr_[k]);
  }
  if (op_.bounded) check_bounds();
  frame_.call.n_attr = def_.n_attr;
  frame_.call.attr = attr_.data();
}

void Invocation::convert_attribute(const hg_attr& declared, hg_value& v) {
  if (v.kind == HG_INT && declared.kind == HG_FLOAT) {
    v.u.f = double(v.u.i);
    v.kind = HG_FLOAT;
  } else if (v.kind == HG_BOOL && declared.kind == HG_INT) {
    v.kind = HG_INT;
  } else if (v.kind == HG_INT && declared.kind == HG_INTS) {  // a list of one
    extras().singles.push_front(v.u.i);
    v.u.iv = &extras().singles.front();
    v.kind = HG_INTS;
    v.count = 1;
  } else if (v.kind != HG_NONE || declared.dflt.kind != HG_NONE) {
    throw Error(op_.short_name(), std::string("attribute '") + declared.name +
                                      "' has the wrong kind of value");
  }
}

void Invocation::check_bounds() {
  auto number = [](const hg_value& v) {
    return v.kind == HG_FLOAT ? v.u.f : double(v.u.i);
  };
  for (uint32_t k = 0; k < def_.n_attr; ++k) {
    const hg_attr& a = *def_.attrs[k];
    const hg_value& v = attr_[k];
    auto check = [&](double x) {
      bool low = a.lo.kind != HG_NONE && !(x >= number(a.lo));
      bool high = a.hi.kind != HG_NONE && !(x <= number(a.hi));
      if (!low && !high) return;
      throw Error(op_.short_name(), std::string(a.name) + " is " + plugin::text(x) +
                                        "; it must be " +
                                        (low ? "at least " + plugin::text(number(a.lo))
                                             : "at most " + plugin::text(number(a.hi))));
    };
    if (v.kind == HG_INT || v.kind == HG_FLOAT) check(number(v));
    for (int i = 0; v.kind == HG_INTS && i < v.count; ++i) check(double(v.u.iv[i]));
    for (int i = 0; v.kind == HG_FLOATS && i < v.count; ++i) check(v.u.fv[i]);
    if (v.kind == HG_STRING && a.choices) {
      std::string value(v.u.s, size_t(v.count));
      std::string bars = "|" + std::string(a.choices) + "|";
      if (bars.find("|" + value + "|") == std::string::npos) {
        throw Error(op_.short_name(), std::string(a.name) + " is '" + value +
                                          "'; it must be one of " + a.choices);
      }
    }
  }
}

// Brings the inputs of promote_in to their common type.
void Invocation::promote() {
  if (def_.promotion == HG_PROMOTE_NONE) return;
  const hg_tensor* first = nullptr;
  bool same = true;
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (!in_[i] || !(def_.promote_in & mask_bit(i))) continue;
    if (!first) first = &desc_[i];
    same &= desc_[i].code == first->code && desc_[i].bits == first->bits;
  }
  if (!first) return;
  bool to_float = def_.promotion == HG_PROMOTE_FLOAT && !is_floating(*first);
  if (!same || to_float) convert_inputs();
}

// The conversion is an operator of its own, so gradients pass through it.
void Invocation::convert_inputs() {
  std::vector<Operand> operands;
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (in_[i] && (def_.promote_in & mask_bit(i))) {
      operands.push_back({dtype_of(desc_[i]), desc_[i].ndim, in_[i]->weak});
    }
  }
  DType common = result_type(operands);
  if (def_.promotion == HG_PROMOTE_FLOAT && !is_floating(common)) common = f32;
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (!in_[i] || !(def_.promote_in & mask_bit(i))) continue;
    if (dtype_of(desc_[i]) == common) continue;
    replace(i, Tensor(Ref<TensorImpl>::share(in_[i])).to(common));
  }
}

void Invocation::replace(uint32_t i, const Tensor& t) {
  extras().held.push_back(Ref<TensorImpl>::share(t.impl()));
  in_[i] = t.impl();
  desc_[i] = t.desc();
}

}  // namespace hg
