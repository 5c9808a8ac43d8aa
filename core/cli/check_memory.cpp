#include "cli/check_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

namespace hg::cli::check {
namespace {

constexpr std::byte red{0xc5};
constexpr size_t zone = 256;  // at least so many bytes on both sides, a multiple of 64

size_t page() {
  static const size_t size = size_t(sysconf(_SC_PAGESIZE));
  return size;
}

size_t whole_pages(size_t bytes) { return (bytes + page() - 1) / page() * page(); }

// Mappings are used again: making one costs far more than a small kernel.
class Mappings {
 public:
  std::byte* take(size_t bytes) {
    {
      std::lock_guard lock(mutex_);
      for (auto it = idle_.rbegin(); it != idle_.rend(); ++it) {
        if (it->second != bytes) continue;
        std::byte* map = it->first;
        idle_.erase(std::next(it).base());
        return map;
      }
    }
    void* map = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::bad_alloc();
    auto* body = static_cast<std::byte*>(map) + page();
    mprotect(body, bytes - 2 * page(), PROT_READ | PROT_WRITE);
    return static_cast<std::byte*>(map);
  }
  void give_back(std::byte* map, size_t bytes) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < 64 && bytes <= 8 * page())
      idle_.emplace_back(map, bytes);
    else
      munmap(map, bytes);
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::byte*, size_t>> idle_;
};

Mappings& mappings() {
  static Mappings all;
  return all;
}

// All there are, for messages.
std::mutex list_mutex;
std::vector<const Guarded*>& living() {
  static std::vector<const Guarded*> list;
  return list;
}

struct Wire {
  std::byte* page = nullptr;
  const std::function<void()>* f = nullptr;
} wire;

}  // namespace

Guarded::Guarded(std::string name, size_t bytes, Place place)
    : name_(std::move(name)), bytes_(bytes) {
  size_t body = whole_pages(bytes + (place == Place::aligned ? 2 * zone : 1));
  mapped_ = body + 2 * page();
  map_ = mappings().take(mapped_);
  body_ = map_ + page();
  std::memset(body_, int(red), body);
  switch (place) {
    case Place::aligned: data_ = body_ + zone; break;
    case Place::against_end: data_ = body_ + body - bytes; break;
    case Place::against_start: data_ = body_; break;
  }
  std::lock_guard lock(list_mutex);
  living().push_back(this);
}

Guarded::~Guarded() {
  {
    std::lock_guard lock(list_mutex);
    std::erase(living(), this);
  }
  allow();
  mappings().give_back(map_, mapped_);
}

std::string Guarded::damage() const {
  const std::byte *end = data_ + bytes_, *stop = map_ + mapped_ - page();
  auto whole = [](const std::byte* begin, const std::byte* until) {
    // All bytes are red if the first is and each equals its neighbour.
    return begin == until ||
           (*begin == red && std::memcmp(begin, begin + 1, size_t(until - begin) - 1) == 0);
  };
  auto marked = [](std::byte b) { return b != red; };
  if (!whole(end, stop)) {
    auto count = std::count_if(end, stop, marked);
    auto first = std::find_if(end, stop, marked) - end;
    return std::to_string(count) + " bytes after the end of " + name_ +
           " were overwritten, the first " + std::to_string(first) + " beyond it";
  }
  const std::byte *front = body_, *start = data_;
  if (whole(front, start)) return {};
  return std::to_string(std::count_if(front, start, marked)) +
         " bytes before the start of " + name_ + " were overwritten";
}

void Guarded::forbid() {
  mprotect(body_, mapped_ - 2 * page(), PROT_NONE);
  forbidden_ = true;
}
void Guarded::allow() {
  if (forbidden_) mprotect(body_, mapped_ - 2 * page(), PROT_READ | PROT_WRITE);
  forbidden_ = false;
}

void Guarded::set_wire(size_t at, const std::function<void()>* f) {
  size_t offset = size_t(data_ - body_) + at;
  wire = {body_ + offset / page() * page(), f};
  mprotect(wire.page, page(), PROT_NONE);
}

void Guarded::clear_wire() {
  if (wire.page) mprotect(wire.page, page(), PROT_READ | PROT_WRITE);
  wire = {};
}

bool spring_wire(const void* address) {
  auto* at = static_cast<const std::byte*>(address);
  if (!wire.page || at < wire.page || at >= wire.page + page()) return false;
  const std::function<void()>* f = wire.f;
  Guarded::clear_wire();
  (*f)();
  return true;
}

void describe_address(const void* address, char* text, size_t room) {
  auto* at = static_cast<const std::byte*>(address);
  for (const Guarded* g : living()) {
    if (!g->covers(address)) continue;
    const std::byte *begin = g->data(), *end = begin + g->bytes();
    const char* name = g->name().c_str();
    if (at >= end) {
      std::snprintf(text, room, "%zu bytes past the end of %s", size_t(at - end), name);
    } else if (at < begin) {
      std::snprintf(text, room, "%zu bytes before the start of %s", size_t(begin - at),
                    name);
    } else {
      std::snprintf(text, room, "%s, which it must not touch", name);
    }
    return;
  }
  auto number = reinterpret_cast<uintptr_t>(address);
  if (number < 65536) {
    std::snprintf(text, room, "address %zu, a null pointer", size_t(number));
  } else {
    std::snprintf(text, room, "address %p, which is no tensor's", address);
  }
}

}  // namespace hg::cli::check
