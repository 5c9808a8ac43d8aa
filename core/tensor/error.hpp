// One kind of exception for everything that can go wrong.
#pragma once

#include <stdexcept>
#include <string>

namespace hg {

/// What handgrad throws. The message names the operation, the rule that was broken with
/// the values that broke it, and, where one is known, a way out:
///
///     matmul: a is (32,784), b is (10,784): a's 784 columns must meet b's rows, which are 10
///       hint: transpose(b) would fit
class Error : public std::runtime_error {
 public:
  Error(const std::string& operation, const std::string& problem,
        const std::string& hint = {})
      : std::runtime_error(hint.empty() ? operation + ": " + problem
                                        : operation + ": " + problem + "\n  hint: " + hint),
        operation_(operation) {}

  /// The operation alone, "matmul" in the example above.
  const std::string& operation() const noexcept { return operation_; }

 private:
  std::string operation_;
};

}  // namespace hg
