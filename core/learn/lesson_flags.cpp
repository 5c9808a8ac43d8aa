// The command line of a lesson.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "data/sets.hpp"
#include "learn/lesson.hpp"
#include "learn/lesson_flags.hpp"
#include "version.hpp"

namespace hg {

namespace {

// "--epochs N" is a flag of the name --epochs that takes a value; the help calls it N.
struct Spelling {
  std::string name, placeholder;
};
Spelling spelling(const std::string& text) {
  const size_t blank = text.find(' ');
  if (blank == std::string::npos) return {text, ""};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

}  // namespace

void Lesson::parse(int argc, char** argv, const LessonSpec& spec) {
  CLI::App app(spec.title);
  app.option_defaults()->group("Every lesson's flags");
  app.get_help_ptr()->group("Every lesson's flags")->description("this text");
  app.set_version_flag("--version", std::string("handgrad ") + version,
                       "the version of handgrad");
  auto* full = app.add_flag(
      "--full", full_,
      "the book's configuration" + (spec.full_takes.empty() ? "" : ": " + spec.full_takes));
  app.add_flag("--check", check_, "a short run, for the tests")->excludes(full);
  app.add_option("--data", data_, "the folder that holds the data sets")
      ->envname("HANDGRAD_DATA")
      ->type_name("DIR");
  app.add_option("--out", out_, "where pictures go, as SVG and PNG")->type_name("DIR");
  app.add_option("--device", device_, "cpu, cuda or cudasim, with an index as in cuda:1")
      ->type_name("NAME");
  app.add_option("--threads", threads_, "how many threads compute (all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  app.add_option("--seed", seed_, "of the random numbers")
      ->type_name("S")
      ->check(CLI::Validator(CLI::NonNegativeNumber).description(""));
  app.add_option("--plugin", plugins_, "a plugin to load; may be given several times")
      ->type_name("PATH")
      ->allow_extra_args(false);
  app.add_flag("--reference", reference_, "no kernels but each operator's own");
  app.add_option("--graph", graph_, "draw the recorded graph, in lessons with a backward()")
      ->type_name("FILE.svg");
  app.add_flag("--quiet", quiet_, "no drawings, no progress");
  app.add_flag("--yes", yes_, "answer every question with yes");

  app.option_defaults()->group("This lesson's flags");
  for (const LessonFlag& flag : spec.flags) {
    const auto [name, placeholder] = spelling(flag.name);
    if (placeholder.empty()) {
      app.add_flag(name, given_[name], flag.help);
    } else {
      std::string& value = values_[name] = flag.value;
      app.add_option(name, value, flag.help)->type_name(placeholder)->capture_default_str();
    }
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& answer) {  // --help or --version
    app.exit(answer);
    throw learn::Stop{0};
  } catch (const CLI::ParseError& error) {
    std::ostringstream words;
    app.exit(error, words, words);
    std::fputs(words.str().c_str(), stderr);
    throw learn::Stop{2};
  }
  // HANDGRAD_DATA= , set but empty, asks for the bundled sets.
  if (data_.empty() && !std::getenv("HANDGRAD_DATA")) data_ = data::fetched_folder();
}

}  // namespace hg
