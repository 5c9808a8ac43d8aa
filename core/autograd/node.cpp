#include "autograd/node.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "autograd/grad_mode.hpp"
#include "tensor/pool.hpp"

namespace hg {
namespace {

__attribute__((tls_model("initial-exec"))) thread_local bool recording = true;

// Cuts a block into arrays, one after the other. All are made of 8-byte words.
class Carver {
 public:
  explicit Carver(char* at) : at_(at) {}
  template <class T>
  T* take(size_t count) {
    static_assert(alignof(T) <= 8 && sizeof(T) % 8 == 0);
    T* result = reinterpret_cast<T*>(at_);
    at_ += count * sizeof(T);
    return result;
  }

 private:
  char* at_;
};

size_t words(size_t bytes) { return (bytes + 7) / 8 * 8; }

size_t payload_bytes(const hg_value& v) {
  switch (v.kind) {
    case HG_STRING: return words(size_t(v.count) + 1);
    case HG_INTS:
    case HG_FLOATS: return size_t(v.count) * 8;
    default: return 0;
  }
}

size_t rank_of(const hg_tensor& t) { return t.ndim > 0 ? size_t(t.ndim) : 0; }

void copy_tensor(Carver& block, hg_tensor& to, const hg_tensor& from) {
  const size_t rank = rank_of(from);
  to = from;
  to.data = nullptr;
  to.byte_offset = 0;
  to.shape = block.take<int64_t>(2 * rank);
  to.strides = to.shape + rank;
  for (size_t d = 0; d < rank; ++d) {
    to.shape[d] = from.shape[d];
    to.strides[d] = from.strides[d];
  }
}

}  // namespace

bool grad_enabled() noexcept { return recording; }
void set_grad_enabled(bool on) noexcept { recording = on; }

Ref<Node> Node::make(std::span<const hg_tensor> in, std::span<const hg_tensor> out,
                     std::span<const hg_tensor> saved, std::span<const hg_value> attr) {
  const std::span<const hg_tensor> lists[] = {in, out, saved};
  size_t n = 0, axes = 0;
  for (std::span<const hg_tensor> list : lists) {
    n += list.size();
    for (const hg_tensor& t : list) axes += rank_of(t);
  }
  size_t bytes = sizeof(Node) + n * (sizeof(hg_tensor) + sizeof(Kept)) +
                 2 * axes * sizeof(int64_t) + in.size() * sizeof(Edge) +
                 out.size() * sizeof(Ref<TensorImpl>) + attr.size() * sizeof(hg_value);
  for (const hg_value& v : attr) bytes += payload_bytes(v);

  Node* node = new (pool::allocate(bytes)) Node;
  Carver block(reinterpret_cast<char*>(node + 1));
  node->bytes = bytes;
  node->n_in = uint16_t(in.size());
  node->n_out = uint16_t(out.size());
  node->n_saved = uint16_t(saved.size());
  node->n_attr = uint16_t(attr.size());
  hg_tensor* to = node->in = block.take<hg_tensor>(n);  // outputs follow, then saved ones
  node->out = node->in + in.size();
  node->saved = node->out + out.size();
  for (std::span<const hg_tensor> list : lists) {
    for (const hg_tensor& t : list) copy_tensor(block, *to++, t);
  }
  node->edge = block.take<Edge>(in.size());
  std::uninitialized_value_construct_n(node->edge, in.size());
  node->kept = block.take<Kept>(n);
  std::uninitialized_value_construct_n(node->kept, n);
  node->dout = block.take<Ref<TensorImpl>>(out.size());
  std::uninitialized_value_construct_n(node->dout, out.size());

  // Lists and strings among the attributes belong to the caller: copy them too.
  node->attr = block.take<hg_value>(attr.size());
  for (size_t i = 0; i < attr.size(); ++i) {
    hg_value& v = node->attr[i] = attr[i];
    size_t length = payload_bytes(v);
    if (!length) continue;
    char* copy = reinterpret_cast<char*>(block.take<int64_t>(length / 8));
    if (v.kind == HG_STRING) {
      std::memcpy(copy, v.u.s, size_t(v.count));
      copy[v.count] = 0;
      v.u.s = copy;
    } else {
      std::memcpy(copy, v.u.iv, length);
      v.u.iv = reinterpret_cast<const int64_t*>(copy);
    }
  }
  return Ref<Node>::adopt(node);
}

void Node::connect(uint32_t i, TensorImpl* t) {
  if (t->base) refresh_view(t);
  if (!t->requires_grad) return;
  if (Node* maker = t->node.get()) {
    retain(maker);
    number = std::max(number, maker->number + 1);
    edge[i].node = maker;
    edge[i].output = t->output_index;
  } else {
    retain(t);
    edge[i].leaf = t;
  }
}

void Node::keep(uint32_t slot, Storage* s, const hg_tensor& like) {
  retain(s);
  keeps = true;
  kept[slot] = {s, s->version.load(std::memory_order_relaxed)};
  hg_tensor& t = slot < n_in         ? in[slot]
               : slot < n_in + n_out ? out[slot - n_in]
                                     : saved[slot - n_in - n_out];
  t.data = like.data;
}

void Node::check_versions() const {
  if (!released && !keeps) return;
  if (released) {
    throw Error("backward", name() + " was already walked: what it had kept is freed",
                "give the first backward() retain_graph = true, or compute the loss again");
  }
  for (uint32_t i = 0; i < uint32_t(n_in + n_out + n_saved); ++i) {
    if (!kept[i].storage) continue;
    uint32_t now = kept[i].storage->version.load(std::memory_order_relaxed);
    if (now == kept[i].version) continue;
    const char* role = i < n_in                   ? "input "
                     : i < uint32_t(n_in + n_out) ? "output "
                                                  : "saved ";
    uint32_t index = i < n_in                   ? i
                   : i < uint32_t(n_in + n_out) ? i - n_in
                                                : i - n_in - n_out;
    const hg_tensor& t = i < n_in                   ? in[index]
                       : i < uint32_t(n_in + n_out) ? out[index]
                                                    : saved[index];
    throw Error(
        "backward",
        name() + " needs its " + role + std::to_string(index) + " " +
            shape_of(t).to_string() + " as it was at version " +
            std::to_string(kept[i].version) +
            ", but it was changed in place: it is at "
            "version " +
            std::to_string(now),
        "replace the in-place operation by one that makes a new tensor, or clone() first");
  }
}

void Node::release_kept() noexcept {
  if (released) return;
  released = true;
  if (extra && extra->custom) extra->custom->release_saved();
  if (!keeps) return;
  for (uint32_t i = 0; i < uint32_t(n_in + n_out + n_saved); ++i) {
    if (kept[i].storage) hg::release(kept[i].storage);
    kept[i].storage = nullptr;
  }
  for (int i = 0; i < n_in; ++i) in[i].data = nullptr;
  for (int i = 0; i < n_out; ++i) out[i].data = nullptr;
}

NodeExtra& Node::more() {
  if (!extra) extra = new NodeExtra;
  return *extra;
}

std::string Node::name() const {
  if (op) return grad_name(*op);
  return extra && extra->custom ? extra->custom->name() : "Backward";
}

// Freeing a node may free the nodes it points at, and theirs. A chain of a million nodes
// would overflow the stack if each freed the next, so they queue up and one loop frees
// them all. (The list is a bare pointer: it must work while static variables die.)
namespace {
__attribute__((tls_model("initial-exec"))) thread_local Node* doomed = nullptr;
__attribute__((tls_model("initial-exec"))) thread_local bool freeing = false;
}  // namespace
void release(Node* n) noexcept {
  if (!n->refs.decrement()) return;
  n->next_doomed = doomed;
  doomed = n;
  if (freeing) return;
  freeing = true;
  while (doomed) {
    Node* node = doomed;
    doomed = node->next_doomed;
    node->release_kept();
    for (int i = 0; i < node->n_in; ++i) {
      if (node->edge[i].node) release(node->edge[i].node);
      if (node->edge[i].leaf) release(node->edge[i].leaf);
    }
    std::destroy_n(node->dout, node->n_out);
    delete node->extra;
    size_t bytes = node->bytes;
    node->~Node();
    pool::release(node, bytes);
  }
  freeing = false;
}

void refresh_view(TensorImpl* t) {
  if (t->node_version == t->storage->version.load(std::memory_order_relaxed)) return;
  if (Ref<Node> node = renew_view(t)) {
    t->node = std::move(node);
    t->output_index = 0;
    t->requires_grad = true;
  }
  t->node_version = t->storage->version.load(std::memory_order_relaxed);
}

Edge edge_of(TensorImpl* t) {
  if (t->base) refresh_view(t);
  if (!t->requires_grad) return {};
  if (t->node) return {t->node.get(), nullptr, t->output_index};
  return {nullptr, t, 0};
}

void forget_tensor(TensorImpl* t) noexcept {
  if (t->retains_grad && t->node && t->node->extra) {
    std::erase_if(t->node->extra->retained, [t](const auto& r) { return r.second == t; });
  }
  delete t->hooks;
  t->hooks = nullptr;
}

namespace {

template <class T>
void add_small(TensorImpl* dst, const TensorImpl* src, int64_t n) {
  T* d = static_cast<T*>(dst->desc.data);
  const T* s = static_cast<const T*>(src->desc.data);
  for (int64_t i = 0; i < n; ++i) d[i] += s[i];
}

}  // namespace

void accumulate(Ref<TensorImpl>& dst, Ref<TensorImpl> g) {
  if (!dst) {
    dst = std::move(g);
    return;
  }
  bool own = is_sole_owner(dst.get());
  int64_t n = hg_numel(&dst->desc);
  bool plain = own && dst->desc.code == g->desc.code && dst->desc.bits == g->desc.bits &&
               dst->desc.code == HG_FLOAT_CODE && n <= 256 && is_contiguous(dst->desc) &&
               is_contiguous(g->desc) && dst->desc.dev_type == HG_CPU;
  if (plain && dst->desc.bits == 32) return add_small<float>(dst.get(), g.get(), n);
  if (plain && dst->desc.bits == 64) return add_small<double>(dst.get(), g.get(), n);
  no_grad guard;
  Tensor sum =
      own ? Tensor(dst).add_(Tensor(std::move(g))) : Tensor(dst).add(Tensor(std::move(g)));
  dst = Ref<TensorImpl>::share(sum.impl());
}

}  // namespace hg
