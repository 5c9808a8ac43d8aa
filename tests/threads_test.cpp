// parallel_for: who does what, what is promised, and what happens when things go wrong.
#define BOOST_TEST_MODULE threads
#include "host/threads.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "host/cpus.hpp"
#include "support/folder.hpp"
#include "tensor/error.hpp"

using namespace hg;

namespace {

// parallel_for with a lambda int32_t(begin, end, worker).
template <class F>
int32_t loop(int64_t n, int64_t grain, const F& f) {
  auto body = [](int64_t begin, int64_t end, int32_t worker, void* user) -> int32_t {
    return (*static_cast<const F*>(user))(begin, end, worker);
  };
  return parallel_for(n, grain, body, const_cast<F*>(&f));
}

struct Part {
  int64_t begin = -1, end = -1;
  bool operator==(const Part&) const = default;
};

std::vector<Part> parts_of(int64_t n, int64_t grain) {
  std::vector<Part> parts(static_cast<size_t>(num_threads()));
  loop(n, grain, [&](int64_t begin, int64_t end, int32_t worker) {
    parts.at(size_t(worker)) = {begin, end};
    return HG_OK;
  });
  std::erase(parts, Part{});
  return parts;
}

size_t threads_of_process() {
  size_t n = 0;
  for ([[maybe_unused]] auto& entry :
       std::filesystem::directory_iterator("/proc/self/task"))
    ++n;
  return n;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_process_has_one_thread_until_a_loop_is_shared) {
  BOOST_TEST(threads_of_process() == 1u);
  set_num_threads(4);
  loop(3, 4, [](auto...) { return HG_OK; });  // too short to share
  BOOST_TEST(threads_of_process() == 1u);
  loop(100, 1, [](auto...) { return HG_OK; });
  BOOST_TEST(threads_of_process() > 1u);
}

BOOST_AUTO_TEST_CASE(every_iteration_runs_once) {
  for (int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    for (int64_t n : {0, 1, 2, 6, 7, 8, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<size_t>(n));
      int32_t status = loop(n, 1, [&](int64_t begin, int64_t end, int32_t) {
        for (int64_t i = begin; i < end; ++i) ++seen[size_t(i)];
        return HG_OK;
      });
      BOOST_TEST(status == HG_OK);
      for (auto& count : seen) BOOST_TEST(count == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_split_depends_on_the_numbers_alone) {
  set_num_threads(3);
  std::vector<Part> expected{{0, 4}, {4, 7}, {7, 10}};
  for (int repeat = 0; repeat < 200; ++repeat) BOOST_TEST((parts_of(10, 1) == expected));
  BOOST_TEST((parts_of(10, 4) == std::vector<Part>{{0, 5}, {5, 10}}));  // runs of 4 or more
  BOOST_TEST((parts_of(10, 6) == std::vector<Part>{{0, 10}}));
  BOOST_TEST((parts_of(10, 0) == expected));  // a grain below 1 counts as 1
  int64_t huge = INT64_MAX;
  int64_t third = huge / 3;
  BOOST_TEST((parts_of(huge, 1) == std::vector<Part>{{0, third + 1},
                                                     {third + 1, 2 * third + 1},
                                                     {2 * third + 1, huge}}));
}

BOOST_AUTO_TEST_CASE(workers_run_at_once_with_different_numbers) {
  set_num_threads(2);
  // Each part waits for the other, so one thread alone would never get done.
  std::atomic<int> arrived{0};
  int32_t status = loop(2, 1, [&](int64_t begin, int64_t, int32_t worker) {
    ++arrived;
    for (int spin = 0; arrived < 2 && spin < 100000; ++spin) std::this_thread::yield();
    return arrived == 2 && begin == worker ? HG_OK : HG_E_TIMEOUT;
  });
  BOOST_TEST(status == HG_OK);
}

BOOST_AUTO_TEST_CASE(nested_calls_run_inline_under_the_number_around_them) {
  set_num_threads(3);
  std::atomic<int> calls{0};
  int32_t status = loop(3, 1, [&](int64_t, int64_t, int32_t outer) {
    auto here = std::this_thread::get_id();
    return loop(100, 1, [&](int64_t begin, int64_t end, int32_t inner) {
      ++calls;
      bool good =
          begin == 0 && end == 100 && inner == outer && std::this_thread::get_id() == here;
      return good ? HG_OK : HG_E_INTERNAL;
    });
  });
  BOOST_TEST(status == HG_OK);
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(the_first_failing_part_decides) {
  set_num_threads(4);
  for (int repeat = 0; repeat < 200; ++repeat) {
    int32_t status = loop(4, 1, [&](int64_t, int64_t, int32_t worker) -> int32_t {
      return worker == 0 ? HG_OK : 10 + worker;
    });
    BOOST_TEST(status == 11);
  }
  // The pool works as before afterwards.
  BOOST_TEST(parts_of(8, 1).size() == 4u);
}

BOOST_AUTO_TEST_CASE(several_threads_may_call_at_once) {
  set_num_threads(2);
  auto add_up = [](int64_t n) {
    std::atomic<int64_t> sum{0};
    loop(n, 1, [&](int64_t begin, int64_t end, int32_t) {
      int64_t part = 0;
      for (int64_t i = begin; i < end; ++i) part += i;
      sum += part;
      return HG_OK;
    });
    return sum.load();
  };
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int64_t n = 1; n < 500; ++n) wrong += add_up(n) != n * (n - 1) / 2;
    });
  }
  for (std::thread& c : callers) c.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_can_change_between_loops) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    for (int threads : {1, 4, 2, 3}) {
      set_num_threads(threads);
      BOOST_TEST(num_threads() == threads);
      BOOST_TEST(parts_of(100, 1).size() == size_t(threads));
    }
  }
  BOOST_CHECK_EXCEPTION(set_num_threads(0), Error, [](const Error& e) {
    return std::string(e.what()) ==
           "set_num_threads: 0 threads; from 1 to 1024 are possible";
  });
  BOOST_CHECK_THROW(set_num_threads(1025), Error);
}

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
constexpr bool thread_sanitizer = true;
#else
constexpr bool thread_sanitizer = false;
#endif

BOOST_AUTO_TEST_CASE(a_child_process_gets_workers_of_its_own) {
  if (thread_sanitizer) return;  // which ends children that start threads
  set_num_threads(2);
  loop(2, 1, [](auto...) { return HG_OK; });
  pid_t child = fork();
  if (child == 0) {
    std::atomic<int> arrived{0};
    int32_t status = loop(2, 1, [&](auto...) {
      ++arrived;
      for (int spin = 0; arrived < 2 && spin < 100000; ++spin) std::this_thread::yield();
      return arrived == 2 ? HG_OK : HG_E_TIMEOUT;
    });
    _exit(status);
  }
  int status = -1;
  waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(workers_flush_denormals_if_the_caller_does) {
  set_num_threads(2);
  auto flushed_parts = [] {
    std::atomic<int> flushed{0};
    loop(2, 1, [&](auto...) {
      volatile float small = 1e-38f;
      if (small * 0.1f == 0) ++flushed;
      return HG_OK;
    });
    return flushed.load();
  };
  BOOST_TEST(!flush_denormals());
  BOOST_TEST(flushed_parts() == 0);
  set_flush_denormals(true);
  if (flush_denormals()) BOOST_TEST(flushed_parts() == 2);
  set_flush_denormals(false);
  BOOST_TEST(flushed_parts() == 0);
}

BOOST_AUTO_TEST_CASE(limits_of_control_groups) {
  const hg::test::Folder folder;
  const std::filesystem::path& root = folder.path;
  auto limit = [&] { return control_group_cpus(root.string()); };
  BOOST_TEST(!limit());  // no such files at all

  // Version 2: the limit may be on a group further up, the least one counts.
  write(root / "proc/self/cgroup", "0::/user/job\n");
  write(root / "sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
  BOOST_TEST(!limit());
  write(root / "sys/fs/cgroup/user/cpu.max", "250000 100000\n");
  BOOST_TEST(limit().value() == 2);
  write(root / "sys/fs/cgroup/user/job/cpu.max", "50000 100000\n");
  BOOST_TEST(limit().value() == 1);
  std::filesystem::remove_all(root);

  // Version 1, in a container that sees its own group at the top.
  write(root / "proc/self/cgroup", "9:name=systemd:/\n4:cpu,cpuacct:/docker/0a1b\n");
  write(root / "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "400000\n");
  write(root / "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(limit().value() == 4);
  write(root / "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  BOOST_TEST(!limit());
  std::filesystem::remove_all(root);

  BOOST_TEST(available_cpus() >= 1);
  BOOST_TEST(available_cpus() <= int(std::thread::hardware_concurrency()));
}
