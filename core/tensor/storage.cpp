#include "tensor/storage.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "tensor/pool.hpp"

namespace hg {
namespace {

// The header sits in the 64 bytes before the data: one allocation for both.
constexpr size_t header = 64;
static_assert(sizeof(Storage) <= header);

std::atomic<bool> poison{std::getenv("HANDGRAD_POISON") != nullptr};

}  // namespace

Ref<Storage> new_storage(size_t bytes) {
  void* block = pool::allocate(header + bytes);
  auto* s = new (block) Storage;
  s->bytes = bytes;
  s->data = static_cast<char*>(block) + header;
  if (poison.load(std::memory_order_relaxed)) std::memset(s->data, 0xff, bytes);
  return Ref<Storage>::adopt(s);
}

Ref<Storage> wrap_storage(void* data, size_t bytes, std::function<void()> on_free) {
  auto* s = new (pool::allocate(header)) Storage;
  s->bytes = bytes;
  // A tensor without elements still has an address: its own header's.
  s->data = data ? data : static_cast<void*>(s);
  s->on_free = new std::function<void()>(std::move(on_free));
  return Ref<Storage>::adopt(s);
}

void destroy(Storage* s) noexcept {
  size_t block = header;
  if (s->on_free) {
    if (*s->on_free) (*s->on_free)();
    delete s->on_free;
  } else {
    block += s->bytes;
  }
  s->~Storage();
  pool::release(s, block);
}

void poison_new_storage(bool on) { poison = on; }

}  // namespace hg
