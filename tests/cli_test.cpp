// The handgrad command, run as a user runs it: what it prints, writes and returns.
#define BOOST_TEST_MODULE cli
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "io/files.hpp"
#include "io/safetensors.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "version.hpp"

using namespace hg;
using hg::test::Numbers;
using hg::test::numbers;
using nlohmann::json;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Result {
  int status;
  std::string out, err;
};

// Runs `handgrad ARGUMENTS` in the test's own folder.
Result handgrad(const std::string& arguments, const std::string& environment = "") {
  std::string command = "cd " + folder.path.string() + " && " + environment + " " +
                        HANDGRAD_BUILD_DIR + "/bin/handgrad " + arguments +
                        " >out.txt 2>err.txt";
  int status = std::system(command.c_str());
  return {WEXITSTATUS(status), contents(folder / "out.txt"), contents(folder / "err.txt")};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

json operators() { return json::parse(handgrad("op list --json").out); }
json find(const json& list, const std::string& name) {
  for (const json& one : list) {
    if (one["name"] == name) return one;
  }
  return {};
}

// op run, expected to work; the tensors it wrote.
io::Tensors run(const std::string& arguments, const io::Tensors& in) {
  io::write_safetensors(folder / "in.st", in);
  fs::remove(folder / "out.st");
  Result r = handgrad("op run " + arguments + " --in in.st --out out.st");
  BOOST_TEST(r.err == "");
  BOOST_TEST(r.out == "");
  BOOST_REQUIRE_EQUAL(r.status, 0);
  return io::read_safetensors(folder / "out.st");
}

// op run, expected to fail; what it says.
std::string failure(const std::string& arguments, const io::Tensors& in) {
  io::write_safetensors(folder / "in.st", in);
  fs::remove(folder / "out.st");
  Result r = handgrad("op run " + arguments + " --in in.st --out out.st");
  BOOST_TEST(r.status == 1);
  BOOST_TEST(r.out == "");
  BOOST_TEST(!fs::exists(folder / "out.st"));
  return r.err;
}

}  // namespace

// ---- the command itself -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(machine_shows_what_it_computes_with) {
  Result r = handgrad("machine", "HANDGRAD_THREADS=3 OPENBLAS_CORETYPE=Haswell");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(contains(r.out, "threads      3; HANDGRAD_THREADS is 3\n"));
#if defined(__x86_64__)
  BOOST_TEST(contains(r.out, "OpenBLAS     kernels for Haswell, one thread in each"));
#endif
  BOOST_TEST(contains(handgrad("machine", "taskset -c 0").out, "CPUs         1 of "));
  BOOST_TEST(contains(handgrad("machine", "HANDGRAD_THREADS= taskset -c 0").out,
                      "threads      1\n"));
}

BOOST_AUTO_TEST_CASE(help_and_version) {
  Result r = handgrad("--version");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(r.out == std::string("handgrad ") + version + "\n");
  for (const char* command : {"--help", "op --help", "op run -h", "plugin new --help"}) {
    r = handgrad(command);
    BOOST_TEST(r.status == 0);
    BOOST_TEST(contains(r.out, "Usage: handgrad"));
    BOOST_TEST(r.err == "");
  }
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense) {
  auto complaint = [](const std::string& arguments) {
    Result r = handgrad(arguments);
    BOOST_TEST(r.status == 2);
    BOOST_TEST(r.out == "");
    return r.err;
  };
  const std::string hint = "\nTry handgrad --help.\n";
  BOOST_TEST(complaint("") == "handgrad: A subcommand is required" + hint);
  BOOST_TEST(complaint("frob") == "handgrad: there is no 'frob' here" + hint);
  BOOST_TEST(complaint("op frob") == "handgrad: there is no 'frob' here" + hint);
  BOOST_TEST(complaint("op run softmax --in a") == "handgrad: --out is required" + hint);
  BOOST_TEST(complaint("op list --jason") == "handgrad: there is no '--jason' here" + hint);
  BOOST_TEST(complaint("tensors") == "handgrad: FILE is required" + hint);
  BOOST_TEST(contains(complaint("plugin new x --lang rust"), "--lang"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_noticed) {
  BOOST_TEST(WEXITSTATUS(std::system((std::string(HANDGRAD_BUILD_DIR) +
                                      "/bin/handgrad op list >/dev/full 2>/dev/null")
                                         .c_str())) == 1);
}

BOOST_AUTO_TEST_CASE(settings_in_the_environment) {
  io::write_safetensors(folder / "in.st", {{"in.0", ones({8, 8})}, {"in.1", ones({8, 8})}});
  const std::string matmul = "op run matmul --in in.st --out out.st";
  BOOST_TEST(handgrad(matmul, "HANDGRAD_THREADS=2").err == "");
  Result r = handgrad(matmul, "HANDGRAD_THREADS=many");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(r.err ==
             "handgrad: warning: HANDGRAD_THREADS is 'many', which is no number from "
             "1 to 1024; it is ignored\n");
  r = handgrad(matmul + " --reference", "OPENBLAS_CORETYPE=Prescott");
  BOOST_TEST(r.status == 0);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    BOOST_TEST(contains(r.err, "OpenBLAS uses kernels for an old CPU"));
  }
#endif
  BOOST_TEST(handgrad(matmul, "HANDGRAD_PLAIN_GEMM=1").status == 0);
  BOOST_TEST(io::read_safetensors(folder / "out.st").at("out.0").span<float>()[0] == 8);
}

// ---- op list, op show -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(operators_as_json) {
  json all = operators();
  BOOST_TEST(all.size() > 50u);
  json ce = find(all, "core.cross_entropy");
  BOOST_TEST(ce["doc"] != "");
  BOOST_TEST(ce["formula"] != "");
  BOOST_TEST(ce["inputs"][0]["name"] == "input");
  BOOST_TEST(ce["inputs"][2]["name"] == "weight");
  BOOST_TEST(ce["inputs"][2]["optional"] == true);
  BOOST_TEST(ce["attributes"][0] == json({{"name", "reduction"},
                                          {"doc", ce["attributes"][0]["doc"]},
                                          {"kind", "string"},
                                          {"default", "mean"},
                                          {"choices", {"mean", "sum", "none"}},
                                          {"lo", nullptr},
                                          {"hi", nullptr}}));
  BOOST_TEST(ce["attributes"][2]["hi"] == 1.0);
  json kernel = ce["kernels"].back();
  BOOST_TEST(kernel["origin"] == "core");
  BOOST_TEST(kernel["device"] == "cpu");
  BOOST_TEST(kernel["priority"] == 0);
  BOOST_TEST(kernel["dtypes"][0] == "f32");
  BOOST_TEST(find(all, "core.cat")["inputs"][0]["variadic"] == true);
  BOOST_TEST(find(all, "core.argmax")["flags"] == json({"no_grad"}));
  BOOST_TEST(find(all, "core.permute")["flags"] == json({"view"}));
}

BOOST_AUTO_TEST_CASE(one_operator) {
  Result r = handgrad("op show softmax");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(r.out.starts_with("softmax(input; dim"));
  BOOST_TEST(contains(r.out, "core     cpu  f32,f64  priority 0"));
  BOOST_TEST(handgrad("op show core.softmax").out == r.out);
  r = handgrad("op show softmaks");
  BOOST_TEST(r.status == 1);
  BOOST_TEST(r.err ==
             "handgrad: operator: there is none called 'softmaks'\n"
             "  hint: near: softmax, softplus\n");
}

// ---- op run -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(forward_alone) {
  Tensor x = tensor({{0.0, 0.0}, {0.0, std::log(3.0)}}, f64);
  io::Tensors out = run("softmax --attrs '{\"dim\": -1}'", {{"in.0", x}});
  BOOST_TEST(out.size() == 1u);
  BOOST_TEST(numbers(out.at("out.0")) == (Numbers{0.5, 0.5, 0.25, 0.75}),
             tt::tolerance(1e-14) << tt::per_element());
}

BOOST_AUTO_TEST_CASE(gradients_with_and_without_dout) {
  // y = a*b: da = dy*b, db = dy*a; dy is 1 unless it is given.
  Tensor a = tensor({1.0, 2.0}), b = tensor({3.0, 4.0});
  io::Tensors out = run("mul --grad", {{"in.0", a}, {"in.1", b}});
  BOOST_TEST(numbers(out.at("out.0")) == (Numbers{3, 8}), tt::per_element());
  BOOST_TEST(numbers(out.at("din.0")) == (Numbers{3, 4}), tt::per_element());
  BOOST_TEST(numbers(out.at("din.1")) == (Numbers{1, 2}), tt::per_element());
  out = run("core.mul --grad", {{"in.0", a}, {"in.1", b}, {"dout.0", tensor({10.0, 0.0})}});
  BOOST_TEST(numbers(out.at("din.0")) == (Numbers{30, 0}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(optional_and_variadic_inputs) {
  Tensor x = tensor({{1.0, 2.0}}), w = tensor({{3.0, 4.0}}), bias = tensor({5.0});
  BOOST_TEST(run("linear", {{"in.0", x}, {"in.1", w}}).at("out.0").item() == 11);
  io::Tensors out = run("linear --grad", {{"in.0", x}, {"in.1", w}, {"in.2", bias}});
  BOOST_TEST(out.at("out.0").item() == 16);
  BOOST_TEST(out.count("din.2") == 1u);
  // A number that is skipped: x[:, [1]].
  out = run("index", {{"in.0", x}, {"in.2", tensor({1})}});
  BOOST_TEST(numbers(out.at("out.0")) == (Numbers{2}), tt::per_element());
  out = run("cat --attrs '{\"dim\": 1}'", {{"in.0", x}, {"in.1", w}, {"in.2", x}});
  BOOST_TEST((out.at("out.0").shape() == Shape{1, 6}));
}

BOOST_AUTO_TEST_CASE(inputs_without_a_gradient_get_none) {
  io::Tensors out =
      run("cross_entropy --grad", {{"in.0", tensor({{1.0, 2.0}})}, {"in.1", tensor({1})}});
  BOOST_TEST(out.count("din.0") == 1u);
  BOOST_TEST(out.count("din.1") == 0u);
}

BOOST_AUTO_TEST_CASE(updated_inputs_are_written) {
  io::Tensors out = run("optim.sgd_step --attrs '{\"lr\": 0.5}'",
                        {{"in.0", tensor({1.0, 1.0})}, {"in.1", tensor({1.0, -2.0})}});
  BOOST_TEST(numbers(out.at("in.0")) == (Numbers{0.5, 2}), tt::per_element());
  BOOST_TEST(out.count("in.1") == 0u);
}

BOOST_AUTO_TEST_CASE(plugins_and_the_reference) {
  const std::string twin = std::string(HANDGRAD_BUILD_DIR) + "/tests/plugins/twin_a.so";
  io::Tensors out =
      run("--plugin " + twin + " twin.twice --grad", {{"in.0", tensor({1.0, 4.0})}});
  BOOST_TEST(numbers(out.at("out.0")) == (Numbers{2, 8}), tt::per_element());
  BOOST_TEST(numbers(out.at("din.0")) == (Numbers{2, 2}), tt::per_element());
  out = run("hello.swish", {{"in.0", tensor({0.0})}});  // found by its name
  BOOST_TEST(out.at("out.0").item() == 0);
  out = run("exp --reference", {{"in.0", tensor({0.0})}});
  BOOST_TEST(out.at("out.0").item() == 1);
}

BOOST_AUTO_TEST_CASE(what_op_run_refuses) {
  Tensor x = ones({2, 2});
  BOOST_TEST(failure("softmax --attrs '{\"din\": 1}'", {{"in.0", x}}) ==
             "handgrad: softmax: there is no attribute 'din'\n"
             "  hint: its attributes are: dim\n");
  BOOST_TEST(contains(failure("softmax --attrs '{dim}'", {{"in.0", x}}), "no JSON object"));
  BOOST_TEST(failure("matmul", {{"in.0", x}}) ==
             "handgrad: matmul: input 'other' is missing\n");
  BOOST_TEST(failure("argmax --grad", {{"in.0", x}}) ==
             "handgrad: op run: argmax has no gradient\n  hint: leave out --grad\n");
  BOOST_TEST(failure("exp", {{"in.zero", x}}) ==
             "handgrad: op run: 'in.zero' is none of in.0, in.1, ...\n");
  BOOST_TEST(failure("exp --grad", {{"in.0", x}, {"dout.1", x}}) ==
             "handgrad: op run: dout.1 is given, but there are 1 outputs\n");
  BOOST_TEST(contains(failure("exp --device cuda:x", {{"in.0", x}}), "is no device"));
  BOOST_TEST(contains(failure("exp --plugin ./none.so", {{"in.0", x}}), "none.so"));
  BOOST_TEST(contains(failure("acme.nothing", {{"in.0", x}}), "acme.nothing"));
}

BOOST_AUTO_TEST_CASE(a_seed_makes_random_operators_repeat) {
  auto draw = [](const std::string& seed) {
    std::string plugin = std::string(HANDGRAD_BUILD_DIR) + "/tests/plugins/noise.so";
    return numbers(
        run("noise.add --plugin " + plugin + " --seed " + seed, {{"in.0", zeros({16})}})
            .at("out.0"));
  };
  Numbers first = draw("1");
  BOOST_TEST(draw("1") == first, tt::per_element());
  BOOST_TEST((draw("2") != first));
}

BOOST_AUTO_TEST_CASE(op_run_with_numpys_files) {
  save(tensor({-1.0, 2.0}), folder / "in.npy");
  BOOST_TEST(handgrad("op run relu --in in.npy --out out.npy").status == 0);
  BOOST_TEST(numbers(load_tensor(folder / "out.npy")) == (Numbers{0, 2}),
             tt::per_element());
  save({{"in.0", ones({2})}, {"in.1", ones({2})}}, folder / "in.npz");
  BOOST_TEST(handgrad("op run add --grad --in in.npz --out out.npz").status == 0);
  const auto out = load(folder / "out.npz");
  BOOST_TEST(out.size() == 3u);  // out.0, din.0, din.1
  BOOST_TEST(contains(handgrad("op run add --grad --in in.npz --out out.npy").err,
                      "a .npy file holds one tensor, not 3"));
}

// ---- tensors, plugin list and describe --------------------------------------------------

BOOST_AUTO_TEST_CASE(tensors_of_a_file) {
  io::write_safetensors(folder / "t.st", {{"w", ones({2, 3})}, {"b\033[2J", tensor({1})}},
                        {{"epoch", "3"}});
  Result r = handgrad("tensors t.st");
  BOOST_TEST(r.out ==
             "b\\x1b[2J  i64  (1)\n"
             "w         f32  (2,3)\n"
             "2 tensors, 7 elements, 32 bytes\n"
             "epoch: 3\n");
  BOOST_TEST(handgrad("tensors out.txt").status == 1);

  // What is converted says so; what cannot be read is listed all the same.
  const std::string reference = std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/io/";
  BOOST_TEST(handgrad("tensors " + reference + "unsigned.safetensors").out ==
             "u64  i64 (U64)  (2)\n"
             "u32  i64 (U32)  (1,2)\n"
             "u16  i32 (U16)  (3)\n"
             "3 tensors, 7 elements, 30 bytes\n");
  BOOST_TEST(handgrad("tensors " + reference + "big_f4.npy").out ==
             "0  f32 (>f4)  (2,3)\n1 tensor, 6 elements, 24 bytes\n");
  BOOST_TEST(handgrad("tensors " + reference + "complex.npy").out ==
             "0  <c16, which cannot be read  (2)\n1 tensor, 0 elements, 0 bytes\n");
  r = handgrad("tensors " + reference + "packed.npz");
  BOOST_TEST(contains(r.out, "f32   (2,3)\n"));
  BOOST_TEST(contains(r.out, "4 tensors, 10009 elements, "));
}

BOOST_AUTO_TEST_CASE(plugins_that_are_found) {
  Result r = handgrad("plugin list");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(contains(r.out, "hello 1.0: One operator, to copy (1 operator)\n"));
  BOOST_TEST(contains(r.out, "optim "));

  r = handgrad("plugin describe hello");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(contains(r.out, "hello.swish(input; beta=1)\n"));
  BOOST_TEST(contains(r.out, "y = x / (1 + exp(-beta*x))\n"));
  BOOST_TEST(contains(r.out, "48 bytes kept for backward\n"));  // x: 12 numbers

  r = handgrad("plugin describe nosuch");
  BOOST_TEST(r.status == 1);
  BOOST_TEST(r.err.starts_with("handgrad: plugin nosuch: there is no such plugin in\n"));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_waits) {
  Result r = handgrad("plugin describe " + std::string(HANDGRAD_BUILD_DIR) +
                      "/tests/plugins/parked.so");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(contains(r.out, "waiting: a kernel for twin.twice on cpu for f32"));
  BOOST_TEST(contains(r.out, "waiting: a kernel for parked.twice on quantum for f32"));
}

BOOST_AUTO_TEST_CASE(new_plugins_are_not_put_over_old_files) {
  Result r = handgrad("plugin new acme");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(r.out ==
             "  acme/acme.c\n  acme/Makefile\n  acme/README.md\n"
             "Next: cd acme && make check\n");
  r = handgrad("plugin new acme");
  BOOST_TEST(r.status == 1);
  BOOST_TEST(r.err ==
             "handgrad: plugin new: acme is there already, and not empty\n"
             "  hint: choose another with --dir\n");
  r = handgrad("plugin new acme --lang cpp --dir deep/down");
  BOOST_TEST(r.status == 0);
  BOOST_TEST(fs::exists(folder / "deep/down/acme.cpp"));
  for (const char* name : {"Acme", "9lives", "a-b", "core", "a.b", "''"}) {
    r = handgrad(std::string("plugin new ") + name);
    BOOST_TEST(r.status == 1);
    BOOST_TEST(contains(r.err, "cannot be a plugin's name"));
  }
}
