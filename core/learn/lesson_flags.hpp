// How a lesson ends before its time.
#pragma once

namespace hg::learn {

/// Thrown when the command line has been answered (--help) or refused, and all that was
/// to be said has been printed.
struct Stop {
  int status;
};

}  // namespace hg::learn
