// The harness of the lessons: flags, bars, pictures, and how a lesson ends.
#define BOOST_TEST_MODULE learn_lesson
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/registry.hpp"
#include "host/threads.hpp"
#include "learn/estimate.hpp"
#include "learn/lesson.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/output.hpp"
#include "tensor/random.hpp"

using namespace hg;
using namespace hg::test;
namespace fs = std::filesystem;

namespace {

struct Outcome {
  int status = -1;
  std::string out, err;
};

const LessonSpec spec{.title = "3.6 Softmax regression",
                      .flags = {{"--handbook", "the handbook's numbers"},
                                {"--epochs N", "passes over the data", "10"}},
                      .full_takes = "8 minutes on two cores",
                      .seed = 7};

// Runs a lesson of these arguments, whose main does `body`.
template <class Body>
Outcome run(std::vector<std::string> arguments, Body&& body, const LessonSpec& of = spec) {
  arguments.insert(arguments.begin(), "lesson");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Outcome outcome;
  outcome.out = printed_by(stdout, [&] {
    outcome.err = printed_by(stderr, [&] {
      try {
        Lesson lesson(int(arguments.size()), argv.data(), of);
        outcome.status = body(lesson);
      } catch (...) {
        outcome.status = lesson_stopped();
      }
    });
  });
  set_quiet(false);
  return outcome;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

using hg::test::Folder;

}  // namespace

BOOST_AUTO_TEST_CASE(a_lesson_without_flags_has_the_defaults) {
  const Variable none("HANDGRAD_DATA", "");
  const Outcome outcome = run({}, [](Lesson& lesson) {
    BOOST_TEST(!lesson.check());
    BOOST_TEST(!lesson.full());
    BOOST_TEST(!lesson.reference());
    BOOST_TEST(!lesson.yes());
    BOOST_TEST(lesson.device() == "cpu");
    BOOST_TEST(lesson.threads() == 0);
    BOOST_TEST(lesson.seed() == 7u);
    BOOST_TEST(lesson.data().empty());
    BOOST_TEST(lesson.plugins().empty());
    BOOST_TEST(!lesson.picture("curves").has_value());
    BOOST_TEST(!lesson.has("--handbook"));
    BOOST_TEST(lesson.integer("--epochs") == 10);
    lesson.expect("all is well", true);
    return lesson.finish();
  });
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out == "3.6 Softmax regression\nok   all is well\n");
  BOOST_TEST(outcome.err == "");
}

BOOST_AUTO_TEST_CASE(flags_reach_the_lesson) {
  const Outcome outcome = run({"--check", "--data", "sets", "--threads=2", "--seed", "42",
                               "--graph", "g.svg", "--yes", "--handbook", "--epochs", "3"},
                              [](Lesson& lesson) {
                                BOOST_TEST(lesson.check());
                                BOOST_TEST(lesson.data() == "sets");
                                BOOST_TEST(lesson.threads() == 2);
                                BOOST_TEST(lesson.seed() == 42u);
                                BOOST_TEST(lesson.yes());
                                BOOST_TEST(lesson.has("--handbook"));
                                BOOST_TEST(lesson.value("--epochs") == "3");
                                BOOST_TEST(lesson.number("--epochs") == 3);
                                return lesson.skip("no reason");
                              });
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(has(outcome.out, "skipped: no reason\n"));
}

BOOST_AUTO_TEST_CASE(the_environment_names_the_data_too) {
  const Variable data("HANDGRAD_DATA", "/somewhere");
  run({}, [](Lesson& lesson) {
    BOOST_TEST(lesson.data() == "/somewhere");
    return 0;
  });
  run({"--data", "here"}, [](Lesson& lesson) {
    BOOST_TEST(lesson.data() == "here");
    return 0;
  });
}

BOOST_AUTO_TEST_CASE(help_and_version_are_answers) {
  bool ran = false;
  auto body = [&](Lesson&) { return ran = true, 5; };
  const Outcome help = run({"--help"}, body), version = run({"--version"}, body);
  BOOST_TEST(help.status == 0);
  for (const char* words :
       {"3.6 Softmax regression", "--data DIR", "--device", "--handbook",
        "the handbook's numbers", "--epochs N", "8 minutes on two cores"}) {
    BOOST_TEST(has(help.out, words), words << " is not in the help");
  }
  BOOST_TEST(version.status == 0);
  BOOST_TEST(version.out.starts_with("handgrad "));
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_command_line_that_makes_no_sense_is_refused) {
  bool ran = false;
  auto refused = [&](std::vector<std::string> arguments, const std::string& words) {
    const Outcome outcome =
        run(std::move(arguments), [&](Lesson&) { return ran = true, 0; });
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(has(outcome.err, words), outcome.err << " does not say " << words);
  };
  refused({"--bogus"}, "--bogus");
  refused({"stray"}, "stray");
  refused({"--check", "--full"}, "excludes");
  refused({"--threads", "0"}, "--threads");
  refused({"--threads", "many"}, "--threads");
  refused({"--seed", "-1"}, "--seed");
  refused({"--data"}, "--data");
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(devices_and_plugins_that_are_not_there_are_refused) {
  bool ran = false;
  auto refused = [&](std::vector<std::string> arguments, const std::string& words) {
    const Outcome outcome =
        run(std::move(arguments), [&](Lesson&) { return ran = true, 0; });
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("lesson 3.6: "), outcome.err);
    BOOST_TEST(has(outcome.err, words), outcome.err << " does not say " << words);
  };
  refused({"--device", "gpu"}, "no plugin brings a device 'gpu'");
  refused({"--device", "cpu:1"}, "'cpu:1' was asked for, and there is 1 of this kind");
  refused({"--device", "cpu:x"}, "'cpu:x' is no device");
  refused({"--plugin", "./nowhere.so"}, "nowhere.so");
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(settings_reach_the_core) {
  const int threads = num_threads();
  run({"--threads", "3", "--seed", "5", "--reference"}, [](Lesson&) {
    BOOST_TEST(num_threads() == 3);
    BOOST_TEST(default_generator().seed == 5u);
    BOOST_TEST(Registry::get().reference_only());
    BOOST_TEST(flush_denormals());
    return 0;
  });
  run({}, [](Lesson&) {
    BOOST_TEST(default_generator().seed == 7u);
    BOOST_TEST(!Registry::get().reference_only());
    return 0;
  });
  set_num_threads(threads);
  set_flush_denormals(false);
}

BOOST_AUTO_TEST_CASE(flags_a_lesson_does_not_have_are_errors_of_the_lesson) {
  run({"--epochs", "many"}, [](Lesson& lesson) {
    BOOST_TEST(fails_with("--epochs: 'many' is not a whole number",
                          [&] { lesson.integer("--epochs"); }));
    BOOST_TEST(
        fails_with("--epochs: 'many' is not a number", [&] { lesson.number("--epochs"); }));
    BOOST_TEST(
        fails_with("this lesson has no flag --other", [&] { lesson.has("--other"); }));
    BOOST_TEST(fails_with("this lesson has no flag --handbook with a value",
                          [&] { lesson.value("--handbook"); }));
    return 0;
  });
  run({"--epochs", "3x"}, [](Lesson& lesson) {
    BOOST_TEST(
        fails_with("'3x' is not a whole number", [&] { lesson.integer("--epochs"); }));
    BOOST_TEST(fails_with("'3x' is not a number", [&] { lesson.number("--epochs"); }));
    return 0;
  });
  run({"--epochs", "99999999999999999999"}, [](Lesson& lesson) {
    BOOST_TEST(fails_with("is not a whole number", [&] { lesson.integer("--epochs"); }));
    return 0;
  });
}

BOOST_AUTO_TEST_CASE(bars_are_printed_and_decide_the_exit_status) {
  const Outcome met = run({}, [](Lesson& lesson) {
    BOOST_TEST(lesson.expect("test accuracy", 0.836f, at_least(0.82)));
    BOOST_TEST(lesson.expect("loss", 0.45, at_most(0.5)));
    BOOST_TEST(lesson.expect("count", size_t{60000}, near(60000, 0)));
    return lesson.finish();
  });
  BOOST_TEST(met.status == 0);
  BOOST_TEST(has(met.out,
                 "ok   test accuracy 0.836 >= 0.82\n"
                 "ok   loss 0.45 <= 0.5\n"
                 "ok   count 60000 == 60000\n"));

  const Outcome missed = run({}, [](Lesson& lesson) {
    lesson.expect("loss", 0.45, at_most(0.5));
    BOOST_TEST(!lesson.expect("test accuracy", 0.736, at_least(0.82)));
    BOOST_TEST(!lesson.expect("shapes agree", false));
    return lesson.finish();
  });
  BOOST_TEST(missed.status == 1);
  BOOST_TEST(has(missed.out,
                 "MISS test accuracy 0.736, expected >= 0.82\n"
                 "MISS shapes agree, expected to hold\n"));
  BOOST_TEST(missed.err == "lesson 3.6: 2 of 3 bars missed\n");
}

BOOST_AUTO_TEST_CASE(a_lesson_that_promises_nothing_fails) {
  const Outcome outcome = run({}, [](Lesson& lesson) { return lesson.finish(); });
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(has(outcome.err, "lesson 3.6: it promised nothing"));
}

BOOST_AUTO_TEST_CASE(whatever_is_thrown_is_reported_with_the_lessons_number) {
  const Outcome error = run({}, [](Lesson&) -> int {
    throw Error("matmul", "a is (2,3), b is (4,5)", "transpose");
  });
  BOOST_TEST(error.status == 1);
  BOOST_TEST(error.err ==
             "lesson 3.6: matmul: a is (2,3), b is (4,5)\n  hint: transpose\n");
  const Outcome other = run({}, [](Lesson&) -> int { throw 5; });
  BOOST_TEST(other.status == 1);
  BOOST_TEST(has(other.err, "lesson 3.6: something was thrown"));
  const Outcome named =
      run({}, [](Lesson&) -> int { throw std::runtime_error("x"); }, {"Warm up"});
  BOOST_TEST(named.err == "lesson Warm up: x\n");
}

BOOST_AUTO_TEST_CASE(full_says_how_long_it_takes) {
  const Outcome outcome =
      run({"--full"}, [](Lesson& lesson) { return lesson.full() ? 0 : 1; });
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(has(outcome.out, "takes 8 minutes on two cores"));
}

BOOST_AUTO_TEST_CASE(more_than_ten_minutes_need_a_yes) {
  auto takes = [](std::vector<std::string> arguments, double seconds) {
    return run(arguments, [seconds](Lesson& lesson) {
      confirm_time(lesson, seconds);
      lesson.expect("went on", true);
      return lesson.finish();
    });
  };
  const Outcome ten_minutes = takes({}, 600), more = takes({}, 700);
  BOOST_TEST(ten_minutes.status == 0);
  BOOST_TEST(has(ten_minutes.out, "about 10 min 0 s on this machine"));
  BOOST_TEST(has(ten_minutes.out, "went on"));
  BOOST_TEST(more.status == 1);
  BOOST_TEST(has(more.out, "about 11 min 40 s on this machine"));
  BOOST_TEST(!has(more.out, "went on"));
  BOOST_TEST(has(more.err, "--yes goes ahead"));
  const Outcome yes = takes({"--yes"}, 700);
  BOOST_TEST(yes.status == 0);
  BOOST_TEST(has(yes.out, "went on"));
  for (const double nonsense : {-1.0, std::nan(""), double(INFINITY)}) {
    BOOST_TEST(has(takes({"--yes"}, nonsense).err, "are no time"));
  }
}

BOOST_AUTO_TEST_CASE(pictures_go_to_out_and_to_the_screen) {
  const Folder folder;
  const fs::path out = folder.path / "deep" / "out";
  const Outcome outcome = run({"--out", out}, [&](Lesson& lesson) {
    BOOST_TEST((lesson.picture("a") == out / "a.png"));
    BOOST_TEST((lesson.picture("a.svg") == out / "a.svg"));
    BOOST_TEST(fs::is_directory(out));
    lesson.show(plot({1, 2}, Values{1, 2}, {.xlabel = "steps"}), "line");
    Animator animator({.xlabel = "epochs"});
    animator.add(1, 0.5);
    lesson.show(animator, "curves");
    lesson.show(image_sheet({Image{1, 1, 1, {255}}}, 1, 1, {"pixel"}), "images");
    return 0;
  });
  for (const char* name :
       {"line.svg", "line.png", "curves.svg", "curves.png", "images.png"}) {
    BOOST_TEST(fs::exists(out / name), name << " is missing");
  }
  for (const char* words : {"steps", "epochs", "pixel"})
    BOOST_TEST(has(outcome.out, words));
}

BOOST_AUTO_TEST_CASE(a_temporary_folder_goes_with_the_lesson) {
  fs::path folder, other;
  const Outcome outcome = run({}, [&](Lesson& lesson) -> int {
    folder = lesson.temporary_folder();
    BOOST_TEST((lesson.temporary_folder() == folder));
    fs::create_directories(folder / "deep");
    std::ofstream(folder / "deep" / "file") << "text";
    BOOST_TEST(fs::exists(folder / "deep" / "file"));
    run({}, [&](Lesson& second) {
      other = second.temporary_folder();
      return 0;
    });
    throw std::runtime_error("stopped");  // that makes no difference
  });
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST((folder != other));
  BOOST_TEST(!fs::exists(folder));
  BOOST_TEST(!fs::exists(other));
}

BOOST_AUTO_TEST_CASE(quiet_leaves_bars_and_pictures) {
  const Folder folder;
  const Outcome outcome = run({"--quiet", "--out", folder.path}, [](Lesson& lesson) {
    BOOST_TEST(lesson.quiet());
    lesson.note("0.7 s per epoch");
    lesson.show(plot({1, 2}, Values{1, 2}), "line");
    lesson.show(image_sheet({Image{1, 1, 1, {255}}}, 1, 1), "images");
    lesson.expect("all is well", true);
    return lesson.finish();
  });
  BOOST_TEST(outcome.out == "ok   all is well\n");
  BOOST_TEST(fs::exists(folder.path / "line.svg"));
  BOOST_TEST(fs::exists(folder.path / "images.png"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_an_error_with_its_whole_path) {
  const Outcome outcome = run({"--out", "/proc/none"}, [](Lesson& lesson) {
    lesson.picture("curves");
    return 0;
  });
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(has(outcome.err, "lesson 3.6: --out: cannot make the folder /proc/none"));
}

// ---- --graph ----------------------------------------------------------------------------

namespace {

std::string drawn(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_graph_of_the_first_backward_is_drawn) {
  const Folder folder;
  const fs::path file = folder.path / "g.svg";
  const Outcome outcome = run({"--graph", file.string()}, [&](Lesson& lesson) {
    Tensor x = rand({3}).requires_grad_();
    x.exp().sum().backward();
    x.sin().sum().backward();
    lesson.expect("all is well", true);
    return lesson.finish();
  });
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(has(drawn(file), ">exp<"));
  BOOST_TEST(!has(drawn(file), ">sin<"));
}

BOOST_AUTO_TEST_CASE(the_lesson_may_choose_the_graph_and_name_its_leaves) {
  const Folder folder;
  const fs::path file = folder.path / "g.svg";
  auto body = [&](Lesson& lesson) {
    Tensor x = rand({3}).requires_grad_();
    x.exp().sum().backward();
    for (int i = 0; i < 2; ++i) lesson.graph(x.sin().sum(), {{"my x", x}});
    lesson.graph(x.cos().sum());  // the first choice stands
    lesson.expect("all is well", true);
    return lesson.finish();
  };
  BOOST_TEST(run({"--graph", file.string()}, body).status == 0);
  BOOST_TEST(has(drawn(file), ">my x<"));
  BOOST_TEST(has(drawn(file), ">sin<"));
  fs::remove(file);
  BOOST_TEST(run({}, body).status == 0);  // without the flag nothing is drawn
  BOOST_TEST(!fs::exists(file));
}

BOOST_AUTO_TEST_CASE(a_graph_that_cannot_be_drawn_is_said) {
  auto idle = [](Lesson& lesson) {
    lesson.expect("all is well", true);
    return lesson.finish();
  };
  BOOST_TEST(has(run({"--graph", "g.png"}, idle).err, "should end in .svg or .dot"));
  const Outcome none = run({"--graph", "nowhere.svg"}, idle);
  BOOST_TEST(none.status == 0);
  BOOST_TEST(has(none.err, "this lesson has no graph"));
}
