// handgrad plugin check: it finds what is wrong with each tests/plugins/wrong_*, and
// nothing wrong with what is right.
#define BOOST_TEST_MODULE check
#include <sys/wait.h>

#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

using Json = nlohmann::json;
namespace data = boost::unit_test::data;

namespace {

const std::string built = HANDGRAD_BUILD_DIR;
const std::string wrong = built + "/tests/plugins/";

struct Answer {
  int status;
  std::string text;
};

// Runs the command; what it says on both channels.
Answer run(const std::string& arguments) {
  std::string command = built + "/bin/handgrad plugin check " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe);
  Answer answer{0, {}};
  std::array<char, 4096> text;
  while (size_t n = fread(text.data(), 1, text.size(), pipe)) {
    answer.text.append(text.data(), n);
  }
  int status = pclose(pipe);
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return answer;
}

Json run_json(const std::string& arguments, int expected_status) {
  Answer answer = run("--json " + arguments);
  Json report = Json::parse(answer.text, nullptr, false);
  BOOST_TEST_CONTEXT(answer.text) {
    BOOST_TEST(answer.status == expected_status);
    BOOST_REQUIRE(report.is_object());
  }
  return report;
}

std::vector<Json> findings_of(const Json& report) {
  std::vector<Json> list;
  for (const Json& part : report["parts"]) {
    for (const Json& f : part["findings"]) list.push_back(f);
  }
  return list;
}

// What the check must say of a plugin: under which names it reports the fault, and words of
// the first report.
struct Fault {
  const char* plugin;
  std::set<std::string> tests;
  const char* sample;
  const char* problem;
};

std::ostream& operator<<(std::ostream& out, const Fault& f) { return out << f.plugin; }

const Fault faults[] = {
    {"backward", {"gradients"}, "normal[3,4]", "in[0] 'x' at [0,0]: measured slope 2.18"},
    {"broadcast",
     {"gradients"},
     "normal[3,4] normal[4]",
     "in[1] 'b' at [0]: measured slope"},
    {"unwritten",
     {"unwritten"},
     "normal[3,4] normal[4]",
     "1 of the 12 elements of out[0] were never written, the first is [2,3]"},
    {"past_end",
     {"outside"},
     "normal[3,4] normal[4]",
     "4 bytes after the end of out[0] were overwritten, the first 0 beyond it"},
    {"unkept",
     {"masks"},
     "normal[3,4] normal[4]",
     "backward reads in[0] 'a', in[1] 'b', which is not kept"},
    {"mask", {"masks"}, "normal[3,4] normal[4]", "with what is kept, and"},
    {"random", {"determinism"}, "normal[3,4] normal[4]", "out[0][0,0] was"},
    {"input",
     {"unchanged"},
     "normal[3,4] normal[4]",
     "in[0] 'a' was changed: element [0,0] was"},
    {"linear",
     {"gradients", "linearity"},
     "normal[3,4] normal[4]",
     "in[0] 'a' at [0,0]: measured slope"},
    {"empty",
     {"shapes"},
     "normal[3,0] normal[0]",
     "in forward it divided a whole number by 0"},
    {"scratch",
     {"concurrency"},
     "normal[79,105] normal[105]",
     "with another call at the same"},
    {"garbage", {"garbage"}, "normal[3,4] normal[4]", "din[1][0] was"},
    {"strides", {"strides"}, "normal[3,4] normal[4]", "if the first axis lies closest"},
    {"alias", {"alias"}, "normal[3,4] normal[4]", "if it lies in the memory of in[0]"},
    {"index", {"shapes"}, "normal[0] index(4)[3]", "in forward it read"},
    {"silent", {"shapes"}, "normal[1,4] normal[4]", "status 1 without a message"},
    {"exit", {"shapes"}, "normal[1,4] normal[4]", "the process ended, with exit status 0"},
    {"endless",
     {"extremes"},
     "normal[3,4] normal[4], in[0] with nan in it",
     "still running after 2 s"},
    {"threads", {"threads"}, "normal[274,365] normal[365]", "with 2 threads out[0]["},
    {"reference", {"gradients", "reference"}, "normal[3,4]", "in[0] 'input' at [0,0]"},
    {"requests", {"requests"}, "normal[3,4] normal[4]", "if it alone is wanted"},
    {"attribute",
     {"attributes"},
     "normal[3,4] normal[4], step = 0",
     "in forward it divided a whole number by 0"},
    {"type",
     {"unwritten", "types"},
     "normal[3,4] normal[4], in[1] as f64",
     "2 of the 4 elements of din[1] were never written"},
    {"repeated",
     {"repeated inputs"},
     "normal[5] normal[5]",
     "in[0] 'a', given 2 times, at [0]: measured slope"},
    {"flat", {"blind samples"}, "normal[3,4] normal[4]", "no output depends on any input"},
    {"sample",
     {"samples"},
     "normal[3,4] normal[3]",
     "it refuses: wrong_sample.product: a is"},
    {"host", {"new host"}, "entry function", "status 5: this host has another size"},
    {"load", {"load"}, "", "it read address 0, a null pointer"},
    {"optimizer",
     {"resume"},
     "defaults, f32",
     "interrupted after step 3 and taken up again"},
    {"whole_optimizer", {"resume"}, "defaults", "after 6 steps param[0][0,0] is"},
};

}  // namespace

BOOST_DATA_TEST_CASE(finds_the_fault, data::make(faults), fault) {
  bool hangs = fault.plugin == std::string("endless");
  Json report =
      run_json((hangs ? "--seconds 2 " : "") + wrong + "wrong_" + fault.plugin + ".so", 1);
  std::vector<Json> findings = findings_of(report);
  BOOST_REQUIRE(!findings.empty());
  BOOST_TEST(report["findings"] == findings.size());
  std::set<std::string> tests;
  for (const Json& f : findings) {
    tests.insert(f["test"]);
    BOOST_TEST(!f["hint"].get<std::string>().empty());
  }
  BOOST_TEST(tests == fault.tests, boost::test_tools::per_element());
  BOOST_TEST(findings[0]["sample"] == fault.sample);
  std::string problem = findings[0]["problem"];
  BOOST_TEST_CONTEXT(problem) {
    BOOST_TEST(problem.find(fault.problem) != std::string::npos);
  }
}

// Several element types, each with a finding of its own: f64 by finer slopes.
BOOST_AUTO_TEST_CASE(every_kernel) {
  auto findings = findings_of(run_json(wrong + "wrong_backward.so", 1));
  BOOST_TEST(findings.size() == 2);
  BOOST_TEST(findings[0]["kernel"] == "f32");
  BOOST_TEST(findings[1]["kernel"] == "f64");
}

BOOST_AUTO_TEST_CASE(kept_and_never_read_is_a_note) {
  Json report = run_json(wrong + "kept_in_vain.so", 0);
  BOOST_TEST(report["findings"] == 0);
  BOOST_TEST(report["parts"][1]["notes"] ==
             Json({"backward never reads in[1] 'b', which is kept for it"}));
}

BOOST_AUTO_TEST_CASE(what_is_right_is_clean) {
  for (const char* plugin : {"hello", "optim"}) {
    for (const char* seed : {"0", "1", "2"}) {
      Json report = run_json(std::string(plugin) + " --seed " + seed, 0);
      BOOST_TEST(report["findings"] == 0);
      BOOST_TEST(report["checks"].get<int>() > 40);
      for (const Json& part : report["parts"]) BOOST_TEST(part["checks"].get<int>() > 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_core_is_clean) {
  Answer answer = run("core");
  BOOST_TEST_CONTEXT(answer.text) {
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(answer.text.find(", no finding\n") != std::string::npos);
    BOOST_TEST(answer.text.find("note:") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(only_some_operators) {
  Json report = run_json("core --only softmax --only core.transpose --only composed", 0);
  BOOST_TEST(report["parts"].size() == 2);
  BOOST_TEST(report["parts"][0]["name"] == "core.softmax");
  BOOST_TEST(report["parts"][0]["kernels"] == "f32 f64");
  BOOST_TEST(report["parts"][1]["kernels"] == "view");
  Answer none = run("core --only sofmax");
  BOOST_TEST(none.status == 1);
  BOOST_TEST(none.text ==
             "handgrad: plugin check: there is nothing to check in plugin core\n"
             "  hint: handgrad plugin describe shows what it brings\n");
}

BOOST_AUTO_TEST_CASE(composed_operators) {
  Json report = run_json(wrong + "composed.so --only composed.unit_rows", 0);
  BOOST_REQUIRE(report["parts"].size() == 1);
  BOOST_TEST(report["parts"][0]["kernels"] == "composed");
  BOOST_TEST(report["parts"][0]["checks"].get<int>() > 10);
  // It has a kernel too, which is ten times as large as the lines say.
  auto findings = findings_of(run_json(wrong + "composed.so --only composed.cube", 1));
  BOOST_REQUIRE(findings.size() == 1);
  BOOST_TEST(findings[0]["test"] == "reference");
}

BOOST_AUTO_TEST_CASE(the_same_seed_draws_the_same_numbers) {
  std::string plugin = wrong + "wrong_linear.so";
  std::string first = run(plugin + " --seed 3").text;
  BOOST_TEST(first == run(plugin + " --seed 3").text);
  BOOST_TEST(first != run(plugin + " --seed 4").text);
}

BOOST_AUTO_TEST_CASE(lines_for_people) {
  Answer answer = run(wrong + "wrong_unwritten.so");
  BOOST_TEST(answer.status == 1);
  BOOST_TEST(answer.text ==
             "entry                         ok  3 checks\n"
             "wrong_unwritten.product  f32  1 finding  7 checks\n"
             "\n"
             "  unwritten, f32, called with normal[3,4] normal[4]\n"
             "    1 of the 12 elements of out[0] were never written, the first is [2,3]\n"
             "    hint: forward must write all of out[] and saved[], backward all of every "
             "din[i] it is\n"
             "    given: look at loop bounds, and at what is skipped\n"
             "  note: further tests of f32 wait until this is mended\n"
             "\n"
             "wrong_unwritten 1.0: 10 checks, 1 finding\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_loaded) {
  Answer answer = run("/nowhere/acme.so");
  BOOST_TEST(answer.status == 1);
  BOOST_TEST(answer.text ==
             "handgrad: plugin /nowhere/acme.so: cannot be opened: No such file or "
             "directory\n");
  answer = run(wrong + "no_backward.so");
  BOOST_TEST(answer.status == 1);
  BOOST_TEST(answer.text.find("backward is missing") != std::string::npos);
  BOOST_TEST(run("").status == 2);
  BOOST_TEST(run("core --seconds 0").status == 2);
}
