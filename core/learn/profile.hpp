// Where the time goes: seconds, calls and bytes of each operator.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace hg {

/// Counts while it lives, on all threads:
///
///     Profile profile;
///     train_one_epoch();
///     std::cout << profile.table();
///
/// HANDGRAD_PROFILE=1 profiles a whole program and prints the table to its error output
/// at the end; HANDGRAD_PROFILE=FILE writes it to a file.
///
/// Time is an operator's own: that of operators inside it (of a composed one, of a custom
/// backward) is theirs. Operators that run during a backward pass, such as the sums of
/// gradients, count as backward. Bytes are those of the tensors that an operator reads and
/// writes; the memory system moves fewer where the caches still hold them.
class Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// Ends the counting; the figures stay.
  void stop();

  struct Part {
    int64_t calls = 0;
    double seconds = 0;
    double bytes = 0;
  };
  struct Row {
    std::string name;  // "linear"; "(backward pass)" is the walk through the graph itself
    Part forward, backward, step;
    Part total() const;
  };
  std::vector<Row> rows() const;  ///< the most time first
  double seconds() const;         ///< on the clock, since the start
  std::string table() const;

 private:
  struct Counts;
  std::shared_ptr<Counts> counts_;
};

}  // namespace hg
