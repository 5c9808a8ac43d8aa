// Memory that notices when somebody steps over its edge.
//
//     | page that must    |  red zone  |  the tensor  |  red zone  | page that must   |
//     | not be touched    |            |              |            | not be touched   |
//
// The red zones are filled with a pattern: a write just outside leaves a trace. The pages
// beyond them end the process at once, reading included, and the handler of that signal
// says which tensor was missed and by how much (check_process.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace hg::cli::check {

/// Where the bytes lie between the two pages. `aligned` leaves red zones on both sides; the
/// others lie right against one of the pages, so that a single byte beyond is fatal.
enum class Place { aligned, against_end, against_start };

class Guarded {
 public:
  /// `name` is what messages call it: "in[0]".
  Guarded(std::string name, size_t bytes, Place place);
  ~Guarded();
  Guarded(const Guarded&) = delete;

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  const std::string& name() const { return name_; }
  /// Is the address in here, the pages that must not be touched included?
  bool covers(const void* address) const {
    return address >= map_ && address < map_ + mapped_;
  }

  /// "3 bytes after the end of in[0] were overwritten"; empty if the red zones are whole.
  std::string damage() const;

  /// From here on, touching it ends the process.
  void forbid();
  void allow();

  /// Calls `f` when byte `at` or one in the same page is touched next, then lets the access
  /// go on. One wire may be set at a time.
  void set_wire(size_t at, const std::function<void()>* f);
  static void clear_wire();

 private:
  std::string name_;
  size_t bytes_, mapped_;
  std::byte *map_, *body_, *data_;
  bool forbidden_ = false;
};

/// For the handler of a fault. True if it was a wire, which is gone now.
bool spring_wire(const void* address);

/// What lies at an address, for a message: "4 bytes past the end of out[0]". Allocates
/// nothing.
void describe_address(const void* address, char* text, size_t room);

}  // namespace hg::cli::check
