// save and load, and the file that is replaced whole or not at all.
#define BOOST_TEST_MODULE files
#include "io/files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/atomic_file.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "tensor/create.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& text) {
  io::AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_modules_state) {
  for (const char* name : {"net.safetensors", "net.npz", "net.weights"}) {
    manual_seed(1);
    nn::Sequential net(nn::make<nn::Linear>(4, 3), nn::make<nn::Linear>(3, 2));
    nn::Sequential other(nn::make<nn::Linear>(4, 3), nn::make<nn::Linear>(3, 2));
    hg::save(net.state_dict(), folder / name);
    other.load_state_dict(hg::load(folder / name));
    auto a = net.parameters(), b = other.parameters();
    BOOST_TEST(a.size() == 4u);
    for (size_t i = 0; i < a.size(); ++i) BOOST_TEST(a[i].equal(b[i]));
  }
}

BOOST_AUTO_TEST_CASE(one_tensor_and_lists) {
  Tensor x = arange(0, 4).to(f32);
  for (const char* name : {"x.npy", "x.npz", "x.safetensors"}) {
    hg::save(x, folder / name);
    BOOST_TEST(hg::load_tensor(folder / name).equal(x));
  }
  hg::save(std::vector<Tensor>{x, x * 2}, folder / "list.safetensors");
  auto list = hg::load(folder / "list.safetensors");
  BOOST_TEST(list.size() == 2u);
  BOOST_TEST(list[1].first == "1");
  BOOST_TEST(numbers(list[1].second) == (Numbers{0, 2, 4, 6}), tt::per_element());
  hg::save({{"x", x}, {"y", x + 1}}, folder / "dict.safetensors");
  BOOST_TEST(hg::load(folder / "dict.safetensors")[1].second.equal(x + 1));

  // The order is that of the list, not of the alphabet.
  hg::save({{"b", x}, {"a", x}}, folder / "order.safetensors");
  BOOST_TEST(hg::load(folder / "order.safetensors")[0].first == "b");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_saved) {
  Tensor x = ones({2});
  BOOST_TEST(error_of([&] {
               hg::save({{"a", x}, {"b", x}}, folder / "two.npy");
             }) == "save: " + (folder / "two.npy") +
                       ": a .npy file holds one tensor, not 2\n"
                       "  hint: use .npz or .safetensors");
  hg::save({{"a", x}, {"b", x}}, folder / "two.npz");
  BOOST_TEST(hg::test::fails_with("it holds 2 tensors, not one",
                                  [&] { hg::load_tensor(folder / "two.npz"); }));
  for (const char* name : {"same.npz", "same.safetensors"}) {
    BOOST_TEST(hg::test::fails_with("two tensors called 'a'", [&] {
      hg::save({{"a", x}, {"a", x}}, folder / name);
    }));
  }
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_missing) {
  for (const char* name : {"model/net.safetensors", "model/net.npz", "model/x.npy"}) {
    BOOST_TEST(error_of([&] { hg::save(ones({2}), folder / name); }) ==
               "write: " + (folder / name) + ": there is no folder '" + (folder / "model") +
                   "'\n  hint: make it first: mkdir -p " + (folder / "model"));
  }
  write(folder / "plain", "a file");
  BOOST_TEST(hg::test::fails_with("Not a directory",
                                  [&] { hg::save(ones({2}), folder / "plain/x.npy"); }));
  BOOST_TEST(
      hg::test::fails_with("is no file's name", [&] { hg::save(ones({2}), folder / ""); }));
}

// ---- the atomic file --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(without_commit_the_old_file_stays) {
  const std::string path = folder / "kept";
  write(path, "old");
  {
    io::AtomicFile file(path);
    file.write("new", 3);
  }
  BOOST_TEST(contents(path) == "old");
  BOOST_TEST(!fs::exists(folder / ".kept.writing"));
}

// A full disk, imitated by a limit on the size of files.
BOOST_AUTO_TEST_CASE(a_write_that_fails) {
  const std::string path = folder / "large";
  write(path, "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1000;
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = error_of([&] { write(path, std::string(2000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  BOOST_TEST(message == "write: " + path + ": cannot write it: File too large");
  BOOST_TEST(contents(path) == "old");
  BOOST_TEST(!fs::exists(folder / ".large.writing"));
}

// What a killed writer left is used up by the next one.
BOOST_AUTO_TEST_CASE(a_writer_that_was_killed) {
  const std::string path = folder / "left", left = folder / ".left.writing";
  write(path, "old");
  const pid_t child = fork();
  if (child == 0) {
    io::AtomicFile file(path);
    file.write("half of something long", 22);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WTERMSIG(status) == SIGKILL);
  BOOST_TEST(contents(path) == "old");
  BOOST_TEST(contents(left) == "half of something long");
  write(path, "new");
  BOOST_TEST(contents(path) == "new");
  BOOST_TEST(!fs::exists(left));
}

// Several at once: they take turns, and the file is always one of theirs, whole.
BOOST_AUTO_TEST_CASE(many_writers_of_one_file) {
  const std::string path = folder / "shared";
  write(path, std::string(10000, 'z'));
  std::vector<std::thread> writers;
  for (char letter : {'a', 'b', 'c', 'd'}) {
    writers.emplace_back([&path, letter] {
      for (int i = 0; i < 25; ++i) write(path, std::string(10000, letter));
    });
  }
  int broken = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string now = contents(path);
    broken += now.size() != 10000 || now != std::string(10000, now[0]);
  }
  for (std::thread& w : writers) w.join();
  BOOST_TEST(broken == 0);
  BOOST_TEST(contents(path)[0] != 'z');
  BOOST_TEST(!fs::exists(folder / ".shared.writing"));
}
