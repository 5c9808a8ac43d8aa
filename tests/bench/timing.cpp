#include "timing.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace hg::bench {

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

Times measure(const std::function<void()>& work, double seconds,
              const std::function<void()>& warm) {
  double begin = now(), limit = std::min(1.0, seconds / 4);
  int64_t calls = 0;
  for (; calls < 2 || now() - begin < limit; ++calls) work();
  double one = (now() - begin) / double(calls);
  warm();

  std::array<double, 7> parts;
  int64_t each = std::max<int64_t>(1, int64_t(seconds / double(parts.size()) / one));
  for (double& part : parts) {
    begin = now();
    for (int64_t i = 0; i < each; ++i) work();
    part = (now() - begin) / double(each);
  }
  std::sort(parts.begin(), parts.end());
  return {parts[parts.size() / 2], parts[0]};
}

}  // namespace hg::bench
