// The profile: what is counted where, and the table at the end of a program.
#define BOOST_TEST_MODULE learn_profile
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "autograd/function.hpp"
#include "autograd/grad_mode.hpp"
#include "host/loader.hpp"
#include "learn/profile.hpp"
#include "ops/functions.hpp"
#include "optim/optimizer.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const Profile::Row* find(const std::vector<Profile::Row>& rows, const std::string& name) {
  auto found = std::find_if(rows.begin(), rows.end(),
                            [&](const Profile::Row& r) { return r.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

// What a command prints to standard error.
std::string errors_of(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1 >/dev/null").c_str(), "r");
  std::string text;
  char block[4096];
  for (size_t n; (n = fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, n);
  pclose(pipe);
  return text;
}

const std::string this_program = std::filesystem::read_symlink("/proc/self/exe");

}  // namespace

BOOST_AUTO_TEST_CASE(calls_and_bytes_forward_and_backward) {
  Tensor a = rand({100}).requires_grad_(), b = rand({100}).requires_grad_();
  Profile profile;
  for (int i = 0; i < 3; ++i) (a * b).sum().backward();
  profile.stop();
  (a * b).sum().backward();  // is not counted
  const auto rows = profile.rows();
  const Profile::Row* mul = find(rows, "mul");
  BOOST_REQUIRE(mul);
  BOOST_TEST(mul->forward.calls == 3);
  BOOST_TEST(mul->backward.calls == 3);
  BOOST_TEST(mul->step.calls == 0);
  // Forward reads a and b and writes y; backward reads a, b and dy (one number, stretched),
  // and writes da and db: 400 bytes each.
  BOOST_TEST(mul->forward.bytes == 3 * 3 * 400);
  BOOST_TEST(mul->backward.bytes >= 3 * 4 * 400);
  BOOST_TEST(mul->backward.bytes <= 3 * 5 * 400);
  BOOST_TEST(mul->forward.seconds > 0);
  BOOST_TEST(mul->backward.seconds > 0);
  BOOST_TEST(find(rows, "(backward pass)")->backward.calls == 3);
  BOOST_TEST(std::is_sorted(rows.begin(), rows.end(), [](const auto& r, const auto& s) {
    return r.total().seconds > s.total().seconds;
  }));
}

BOOST_AUTO_TEST_CASE(views_move_no_bytes_and_stretched_tensors_few) {
  Tensor x = rand({50, 20}), row = rand({1, 20}).expand({50, 20});
  Profile profile;
  x.transpose(0, 1);
  x + row;
  const auto rows = profile.rows();
  BOOST_TEST(find(rows, "transpose")->forward.bytes == 0);
  BOOST_TEST(find(rows, "add")->forward.bytes == 4000 + 80 + 4000);
}

namespace {
// Its backward takes its time in two operators.
struct Slow : autograd::Function<Slow> {
  static Tensor forward(autograd::Context& ctx, const Tensor& x) {
    ctx.save_for_backward({x});
    return x.clone();
  }
  static std::vector<Tensor> backward(autograd::Context& ctx,
                                      const std::vector<Tensor>& dy) {
    Tensor x = ctx.saved()[0];
    return {dy[0] * x.exp()};
  }
};
}  // namespace

BOOST_AUTO_TEST_CASE(time_inside_belongs_to_the_inner_operator) {
  Tensor x = rand({1 << 20}).requires_grad_();
  Tensor y = Slow::apply(x).sum();
  Profile profile;
  y.backward();
  profile.stop();
  const auto rows = profile.rows();
  const Profile::Row *outer = find(rows, "SlowBackward"), *inner = find(rows, "exp");
  BOOST_REQUIRE(outer);
  BOOST_REQUIRE(inner);
  BOOST_TEST(inner->forward.calls == 0);  // it ran in a backward pass
  BOOST_TEST(inner->backward.calls == 1);
  BOOST_TEST(outer->backward.calls == 1);
  BOOST_TEST(outer->backward.seconds < inner->backward.seconds);
  double sum = 0;
  for (const Profile::Row& row : rows) sum += row.total().seconds;
  BOOST_TEST(sum <= profile.seconds());
}

BOOST_AUTO_TEST_CASE(steps_of_optimizers_are_counted) {
  Tensor w = rand({10}).requires_grad_();
  auto sgd = optim::make("sgd", {w}, {{"lr", 0.1}});
  w.sum().backward();
  Profile profile;
  sgd.step();
  int64_t steps = 0;
  for (const Profile::Row& row : profile.rows()) {
    BOOST_TEST(row.forward.calls == 0, row.name);
    steps += row.step.calls;
  }
  BOOST_TEST(steps > 0);
}

BOOST_AUTO_TEST_CASE(all_threads_count_and_errors_do_no_harm) {
  Profile profile;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      Tensor x = rand({8});
      for (int i = 0; i < 100; ++i) x.exp();
    });
  }
  for (std::thread& t : threads) t.join();
  BOOST_CHECK_THROW(matmul(rand({2, 3}), rand({2, 3})), Error);
  rand({3}).exp();
  BOOST_TEST(find(profile.rows(), "exp")->forward.calls == 401);
}

BOOST_AUTO_TEST_CASE(two_profiles_count_each_for_itself) {
  Profile whole;
  rand({3}).exp();
  {
    Profile part;
    rand({3}).exp();
    BOOST_TEST(find(part.rows(), "exp")->forward.calls == 1);
  }
  BOOST_TEST(find(whole.rows(), "exp")->forward.calls == 2);
}

BOOST_AUTO_TEST_CASE(the_table) {
  Profile profile;
  rand({1000}).exp();
  profile.stop();
  const std::string table = profile.table();
  BOOST_TEST(table.starts_with("operator "));
  BOOST_TEST(has(table, "\nexp "));
  BOOST_TEST(has(table, " 8k"));  // bytes
  BOOST_TEST(has(table, " 100.0 %"));
  BOOST_TEST(has(table, " on the clock\n"));
}

BOOST_AUTO_TEST_CASE(the_environment_profiles_a_whole_program) {
  const std::string run = this_program + " --run_test=two_profiles_count_each_for_itself";
  const std::string table = errors_of("HANDGRAD_PROFILE=1 " + run);
  BOOST_TEST(has(table, "operator "));
  BOOST_TEST(has(table, "\nexp "));
  BOOST_TEST(!has(errors_of("HANDGRAD_PROFILE=0 " + run), "operator "));

  const hg::test::Folder folder;
  const std::string file = folder / "table";
  BOOST_TEST(!has(errors_of("HANDGRAD_PROFILE=" + file + " " + run), "operator "));
  std::stringstream written;
  written << std::ifstream(file).rdbuf();
  BOOST_TEST(has(written.str(), "\nexp "));
}
