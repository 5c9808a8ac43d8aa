// Loading plugins: what is refused, with every word of the message, and what then works.
// The plugins are in tests/plugins, one for each rule.
#define BOOST_TEST_MODULE loader
#include "host/loader.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "host/dispatch.hpp"
#include "host/elf.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "tensor/tensor.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const std::string built = std::string(HANDGRAD_BUILD_DIR) + "/tests/plugins/";

const hg::test::Folder folder;

// What loading tests/plugins/NAME complains of, without "plugin PATH: ".
std::string complaint(const std::string& path) {
  std::string message = error_of([&] { load_plugin(path); });
  std::string start = "plugin " + path + ": ";
  return message.starts_with(start) ? message.substr(start.size())
                                    : "not from here: " + message;
}
std::string refusal(const std::string& name) { return complaint(built + name + ".so"); }

// The same for problems that the registry lists.
std::string problems(const std::vector<std::string>& list) {
  std::string all = "nothing of it was added:";
  for (const std::string& p : list) all += "\n  - " + p;
  return all;
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string file_of(const std::string& bytes) {
  std::string path = folder / "made.so";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

Tensor call(const std::string& op, const Tensor& x) {
  const Tensor* inputs[] = {&x};
  return run_all(Registry::get().at(op), inputs)[0];
}

bool is_loaded(const std::string& name) {
  for (const LoadedPlugin* p : Registry::get().plugins()) {
    if (p->active && p->name == name) return true;
  }
  return false;
}

}  // namespace

// ---- files that are no plugin for this machine ----------------------------------------

BOOST_AUTO_TEST_CASE(no_file) {
  BOOST_TEST(complaint("/nowhere/acme.so") ==
             "cannot be opened: No such file or directory");
  BOOST_TEST(complaint(folder.path.string()) == "it is not a file");
}

BOOST_AUTO_TEST_CASE(not_elf) {
  const std::string hint =
      ", expected 7f 45 4c 46 (ELF)\n"
      "  hint: name the .so file that the linker made (cc -shared -fPIC ...)";
  BOOST_TEST(complaint(file_of("#!/bin/sh\n")) ==
             "it is no shared library: it begins with 23 21 2f 62" + hint);
  BOOST_TEST(complaint(file_of("\x7f")) ==
             "it is no shared library: it begins with 7f" + hint);
  BOOST_TEST(complaint(file_of("")) ==
             "it is no shared library: it begins with nothing" + hint);
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(another_machine) {
  const std::string good = contents(built + "twin_a.so");
  auto changed = [&](size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return complaint(file_of(bytes));
  };
  const std::string rest =
      "; this machine is x86-64, 64 bits\n  hint: build it on, or for, this machine";
  BOOST_TEST(changed(18, '\xb7') == "it is for AArch64, 64 bits" + rest);
  BOOST_TEST(changed(18, '\x42') == "it is for machine number 66, 64 bits" + rest);
  BOOST_TEST(changed(4, 1) == "it is for x86-64, not 64 bits" + rest);
  BOOST_TEST(changed(5, 2) == "it is for x86-64, 64 bits, big-endian" + rest);
  BOOST_TEST(
      changed(16, 1) ==
      "it is ELF of type 1, expected 3, a shared library\n  hint: link it: cc -shared");
  BOOST_TEST(changed(16, 2) ==
             "it is ELF of type 2, expected 3, a shared library\n"
             "  hint: build it with -shared -fPIC");
}
#endif

BOOST_AUTO_TEST_CASE(truncated) {
  const std::string good = contents(built + "twin_a.so");
  BOOST_TEST(complaint(file_of(good.substr(0, 40))) ==
             "it ends at byte 40, but its header speaks of 64 bytes at 0\n"
             "  hint: the file is truncated or damaged: build or copy it again");
  for (size_t n = 4; n < good.size(); n += 61) {
    std::string problem = complaint(file_of(good.substr(0, n)));
    BOOST_TEST_CONTEXT(problem) { BOOST_TEST(problem.starts_with("it ends at byte ")); }
  }
}

// Damaged bytes in the tables: an error or a list of symbols, never a crash.
BOOST_AUTO_TEST_CASE(damaged) {
  const std::string good = contents(built + "twin_a.so");
  BOOST_TEST(read_shared_library(built + "twin_a.so").exports ==
                 (std::vector<std::string>{"handgrad_plugin_v1"}),
             tt::per_element());
  int refused = 0;
  for (size_t at = 0; at < good.size(); at += 3) {
    std::string bytes = good;
    bytes[at] = char(bytes[at] ^ 0xff);
    if (at % 2) bytes[(at + 1) % good.size()] = '\xff';
    std::string path = file_of(bytes);
    refused += !error_of([&] { read_shared_library(path); }).empty();
  }
  BOOST_TEST(refused > 10);
}

// ---- what the symbols tell, before any code has run -----------------------------------

BOOST_AUTO_TEST_CASE(entry_symbol) {
  BOOST_TEST(refusal("no_entry") ==
             "it exports no handgrad_plugin_v1\n"
             "  hint: define it as HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *, "
             "hg_plugin *), extern \"C\" in C++");
  BOOST_TEST(
      refusal("other_major") ==
      "it speaks version 2 of the ABI (handgrad_plugin_v2), this core speaks version 1 "
      "(handgrad_plugin_v1)\n"
      "  hint: build it with this handgrad's headers, or use a handgrad of version 2");
}

BOOST_AUTO_TEST_CASE(undefined_symbols) {
  BOOST_TEST(
      refusal("undefined_symbol") ==
      "the system cannot load it: undefined symbol: nowhere_to_be_found\n"
      "  hint: define it, or link the library that does; with -Wl,-z,defs the linker "
      "tells");
  BOOST_TEST(
      refusal("links_core") ==
      "it links the core:\n  - _ZN2hg11num_threadsEv\n"
      "  hint: plugins reach the core through hg_host only: include handgrad_abi.h or "
      "handgrad_plugin.hpp, and link without -lhandgrad");
}

// ---- what the entry function says -----------------------------------------------------

BOOST_AUTO_TEST_CASE(versions) {
  BOOST_TEST(
      refusal("newer_minor") ==
      problems({"it needs ABI 1.1, this core speaks 1.0: update handgrad, or build the "
                "plugin with an older header"}));
}

BOOST_AUTO_TEST_CASE(entry_failed) {
  BOOST_TEST(refusal("entry_fails") ==
             problems({"the driver is too old: found 4.1, needed 5.0"}));
  for (const Operator* op : Registry::get().operators()) {  // not even what was fine
    BOOST_TEST(op->name != "entry_fails.twice");
  }
  BOOST_TEST(refusal("entry_status") == problems({"the entry function returned status 4"}));
  BOOST_TEST(refusal("entry_throws") ==
             problems({"the entry function let an exception escape: no licence found"}));
  BOOST_TEST(
      refusal("nameless") ==
      problems({"the plugin's name is NULL: lower-case letters, digits and _ , a letter "
                "first",
                "the plugin states no version"}));
}

BOOST_AUTO_TEST_CASE(struct_sizes) {
  const std::string rest =
      " (version 1.0) or more, up to 4096, in steps of 8: was the struct initialised?";
  BOOST_TEST(refusal("sizes") ==
             problems({"op/1: hg_op.size is 0; expected 144" + rest,
                       "op/1: hg_op.size is 136; expected 144" + rest,
                       "op/1 sizes.huge: hg_op.size is 1048576; expected 144" + rest,
                       "op/1 sizes.odd: hg_op.size is 147; expected 144" + rest,
                       "kernel/1: hg_kernel.size is 16; expected 112" + rest}));
}

BOOST_AUTO_TEST_CASE(names) {
  BOOST_TEST(
      refusal("names") ==
      problems({"op/1 core.twice: the prefix 'core.' is reserved; expected "
                "'names.twice'",
                "op/1 twice: the name has no vendor prefix; expected 'names.twice'",
                "op/1 acme.twice: the vendor prefix is 'acme', the plugin's name is "
                "'names'; they must agree, so that the operator's name tells where to "
                "look",
                "op/1 names.Twice!: 'Twice!' is no name: lower-case letters, digits and "
                "_ , a letter first"}));
}

BOOST_AUTO_TEST_CASE(duplicates_within_a_plugin) {
  BOOST_TEST(refusal("duplicates") ==
             problems({"op/1 duplicates.twice: defined twice",
                       "kernel/1 duplicates.twice for f32 on cpu with priority 0: defined "
                       "twice"}));
}

BOOST_AUTO_TEST_CASE(no_backward) {
  BOOST_TEST(
      refusal("no_backward") ==
      problems({"kernel/1 no_backward.smooth: backward is missing, and its operator is "
                "differentiable; write it, or give the operator HG_NO_GRAD",
                "kernel/1 no_backward.rounded: it has a backward, but its operator is "
                "HG_NO_GRAD"}));
}

BOOST_AUTO_TEST_CASE(masks_and_counts) {
  const std::string op = "op/1 masks.twice: ", kernel = "kernel/1 masks.twice: ",
                    rest = ", but there are only 1: bits from 1 on must be 0";
  BOOST_TEST(
      refusal("masks") ==
      problems({op + "nondiff_in is 0x2" + rest, op + "nondiff_out is 0x4" + rest,
                op + "writes is 0x8" + rest, op + "promote_in is 0x6" + rest,
                "op/1 masks.many: n_in is 1000000; 64 is the most",
                "op/1 masks.many: n_attr is 65; 64 is the most",
                kernel + "keep_in is 0x2" + rest, kernel + "keep_out is 0x2" + rest,
                kernel + "pass_dout is 0x2" + rest, kernel + "may_alias is 0x2" + rest}));
}

BOOST_AUTO_TEST_CASE(flags_kinds_and_enumerations) {
  BOOST_TEST(
      refusal("unknown_flags") ==
      problems({"op/1 unknown_flags.twice: unknown flags 0x40000000",
                "op/1 unknown_flags.twice: in 0 has unknown flags 0x80",
                "op/1 unknown_flags.twice: promotion is 9; 0 to 2 are known",
                "op/1 unknown_flags.twice: autocast is 9; 0 to 3 are known",
                "kernel/1 unknown_flags.twice: unknown flags 0x80000000",
                "layer/1: unknown kind; known are op/1, kernel/1, optimizer/1, cell/1, "
                "device/1, collective/1",
                "op/1: the descriptor is NULL"}));
}

BOOST_AUTO_TEST_CASE(missing_pointers) {
  BOOST_TEST(
      refusal("missing_pointers") ==
      problems({"op/1 missing_pointers.no_infer: infer is missing",
                "op/1 missing_pointers.no_inputs: n_in is 1, but the table is NULL",
                "op/1 missing_pointers.silent: it has no outputs and writes no input",
                "kernel/1 (no name): op is missing",
                "kernel/1 (no name): device is missing",
                "kernel/1 (no name): dtypes is missing",
                "kernel/1 (no name): forward is missing",
                "kernel/1 missing_pointers.silent: unknown element type 'f99' in dtypes"}));
}

BOOST_AUTO_TEST_CASE(attribute_tables) {
  BOOST_TEST(
      refusal("attributes") ==
      problems(
          {"op/1 attributes.twice: attr 'twice' is declared twice",
           "op/1 attributes.twice: attr 2 has no name",
           "op/1 attributes.twice: attr 'kind' has the unknown kind 17",
           "op/1 attributes.twice: attr 'mixed': the default's kind is 2, the attribute's "
           "4",
           "op/1 attributes.twice: attr 'low': the default lies outside its bounds",
           "op/1 attributes.twice: attr 'high': the default lies outside its bounds",
           "op/1 attributes.twice: attr 'choice': the default 'max' is not among mean|sum",
           "op/1 attributes.twice: attr 8: hg_attr.size is 8; expected 80 (version 1.0) or "
           "more, up to 4096, in steps of 8: was the struct initialised?",
           "op/1 attributes.twice: attr 9 is NULL",
           "op/1 attributes.no_table: n_attr is 1, but the table is NULL"}));
}

BOOST_AUTO_TEST_CASE(incomplete_devices_and_collectives) {
  std::vector<std::string> missing;
  for (const char* f :
       {"release", "record_stream", "copy", "fill", "stream_new", "stream_free",
        "stream_sync", "event_new", "event_record", "event_wait", "event_free"}) {
    missing.push_back(std::string("device/1 halfway: ") + f + " is missing");
  }
  for (const char* f : {"all_reduce", "broadcast", "all_gather", "reduce_scatter", "send",
                        "recv", "barrier", "test", "wait", "abort", "destroy"}) {
    missing.push_back(std::string("collective/1 half_a_device.ring: ") + f + " is missing");
  }
  BOOST_TEST(refusal("half_a_device") == problems(missing));
}

BOOST_AUTO_TEST_CASE(incomplete_optimizers_and_cells) {
  BOOST_TEST(
      refusal("half_an_optimizer") ==
      problems(
          {"optimizer/1 half_an_optimizer.idle: exactly one of update_op and step_all is "
           "needed",
           "optimizer/1 half_an_optimizer.idle: slot 0 has unknown flags 0x200",
           "optimizer/1 half_an_optimizer.idle: slot 0: there is no hyper-parameter "
           "'momentum'",
           "optimizer/1 half_an_optimizer.idle: slot 1 is NULL or has no name",
           "optimizer/1 half_an_optimizer.many: n_slot is set, but the table is NULL",
           "cell/1 half_an_optimizer.cell: step_op is missing",
           "cell/1 half_an_optimizer.cell: states is missing",
           "cell/1 half_an_optimizer.cell: output is state 2 of 0"}));
}

// ---- plugins that come and go ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_plugin_is_loaded_used_and_unloaded) {
  BOOST_TEST(Registry::get().find("twin.twice") == nullptr);
  const LoadedPlugin& p = load_plugin(built + "twin_a.so");
  BOOST_TEST(p.name == "twin");
  BOOST_TEST(p.version == "1.0");
  BOOST_TEST(p.path == fs::canonical(built + "twin_a.so").string());

  Tensor x = tensor({1.0, -2.0}).requires_grad_();
  Tensor y = call("twin.twice", x);
  BOOST_TEST(numbers(y) == (Numbers{2, -4}), tt::per_element());

  // The same file again, under its name or another, and another plugin of the same name.
  fs::create_symlink(built + "twin_a.so", folder / "link.so");
  const std::string again = "this file is loaded already, as plugin twin from " + p.path +
                            "\n  hint: load it once, or unload_plugin(\"twin\") first";
  BOOST_TEST(complaint(p.path) == again);
  BOOST_TEST(error_of([] { load_plugin(folder / "link.so"); }) ==
             "plugin " + p.path + ": " + again);
  BOOST_TEST(refusal("twin_b") ==
             problems({"a plugin named 'twin' is loaded already, from " + p.path +
                           "; unload it first, or rename this one",
                       "op/1 twin.twice: already defined by plugin twin"}));

  // Unloading takes the operator out; the graph that was recorded still works.
  unload_plugin("twin");
  BOOST_TEST(!is_loaded("twin"));
  BOOST_TEST(Registry::get().find("twin.twice") == nullptr);
  BOOST_TEST(error_of([] { unload_plugin("twin"); }) ==
             "unload_plugin: no plugin 'twin' is loaded");
  y.backward(ones({2}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{2, 2}), tt::per_element());

  // Now the other one may have the name, and then the first again.
  load_plugin(built + "twin_b.so");
  BOOST_TEST(numbers(call("twin.twice", x)) == (Numbers{2, -4}), tt::per_element());
  unload_plugin("twin");
  load_plugin(built + "twin_a.so");
  BOOST_TEST(numbers(call("twin.twice", x)) == (Numbers{2, -4}), tt::per_element());
  unload_plugin("twin");
}

BOOST_AUTO_TEST_CASE(kernels_wait_for_their_operator_and_device) {
  load_plugin(built + "parked.so");
  auto parked = [] {
    std::vector<std::string> list;
    for (const Kernel* k : Registry::get().parked()) {
      // Those of fastcpu wait for the optimizers.
      if (std::string_view(k->desc->op).starts_with("optim.")) continue;
      list.push_back(std::string(k->desc->op) + " on " + k->desc->device);
    }
    std::sort(list.begin(), list.end());
    return list;
  };
  BOOST_TEST(parked() ==
                 (std::vector<std::string>{"parked.twice on quantum", "twin.twice on cpu"}),
             tt::per_element());
  BOOST_TEST(error_of([] { call("parked.twice", ones({2})); }) ==
             "parked.twice: there is no kernel for f32 on the cpu");
  load_plugin(built + "twin_a.so");
  BOOST_TEST(parked() == (std::vector<std::string>{"parked.twice on quantum"}),
             tt::per_element());
  const Operator& op = Registry::get().at("twin.twice");
  BOOST_TEST(op.kernels(HG_CPU, f32)[0]->origin->name == "parked");  // the higher priority
  unload_plugin("parked");
  BOOST_TEST(op.kernels(HG_CPU, f32)[0]->origin->name == "twin");
  unload_plugin("twin");
}

BOOST_AUTO_TEST_CASE(where_plugins_are_looked_for) {
  fs::create_directories(folder / "shelf");
  fs::copy_file(built + "twin_a.so", folder / "shelf/twin.so");
  fs::copy_file(built + "twin_a.so", folder / "here.so");
  fs::path before = fs::current_path();
  fs::current_path(folder.path);

  // The current directory is not searched, not even by an empty entry in the list.
  setenv("HANDGRAD_PLUGIN_PATH", "", 1);
  BOOST_TEST(error_of([] {
               load_plugin("here");
             }).starts_with("plugin here: there is no such plugin in\n  - "));
  setenv("HANDGRAD_PLUGIN_PATH", "::", 1);
  BOOST_TEST(!error_of([] { load_plugin("here"); }).empty());
  BOOST_TEST(!find_and_load_vendor("here"));

  setenv("HANDGRAD_PLUGIN_PATH", ("/nowhere:" + (folder / "shelf")).c_str(), 1);
  std::vector<std::string> folders = plugin_folders();
  BOOST_TEST(folders.at(0) == "/nowhere");
  BOOST_TEST(folders.at(1) == folder / "shelf");
  BOOST_TEST(std::count(folders.begin(), folders.end(),
                        std::string(HANDGRAD_BUILD_DIR) + "/lib/handgrad/plugins") == 1);
  fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  BOOST_TEST(folders.at(2) == (program / "plugins").string());
  BOOST_TEST(folders.back() ==
             (program / "../lib/handgrad/plugins").lexically_normal().string());

  // An unknown operator brings its plugin in; one that is loaded is not looked for again.
  BOOST_TEST(!is_loaded("twin"));
  BOOST_TEST(find_and_load_vendor("twin"));
  BOOST_TEST(is_loaded("twin"));
  BOOST_TEST(!find_and_load_vendor("twin"));
  BOOST_TEST(!find_and_load_vendor("../shelf/twin"));
  BOOST_TEST(numbers(call("twin.twice", tensor({3.0}))) == (Numbers{6}), tt::per_element());
  unload_plugin("twin");

  // By path the current directory is as good as any.
  BOOST_TEST(load_plugin("here.so").name == "twin");
  unload_plugin("twin");
  fs::current_path(before);
  unsetenv("HANDGRAD_PLUGIN_PATH");
}

// ---- plugins that fail while they work ------------------------------------------------

BOOST_AUTO_TEST_CASE(failing_kernels) {
  load_plugin(built + "says_no.so");
  BOOST_TEST(error_of([] {
               call("says_no.loud", ones({2, 3}));
             }) ==
             "says_no.loud: only even sizes, please\n"
             "  in forward of plugin says_no, inputs: (2,3) f32");
  BOOST_TEST(error_of([] { call("says_no.quiet", ones({})); }) ==
             "says_no.quiet: status 3 without a message\n"
             "  in forward of plugin says_no, inputs: () f32");
  unload_plugin("says_no");
}

BOOST_AUTO_TEST_CASE(an_exception_that_escapes_ends_the_program_with_a_name) {
  load_plugin(built + "callback_throws.so");
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    dup2(ends[1], 2);
    call("callback_throws.twice", ones({2}));
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, size_t(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(text.starts_with(
      "handgrad: plugin callback_throws: callback_throws.twice: forward let an exception "
      "escape: "
      "lost count\n  hint: a callback must catch everything and return host->fail(...)\n"));
}
