#include "learn/lesson.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "autograd/observe.hpp"
#include "host/devices.hpp"
#include "host/loader.hpp"
#include "host/registry.hpp"
#include "host/threads.hpp"
#include "learn/graph.hpp"
#include "learn/lesson_flags.hpp"
#include "learn/live.hpp"
#include "learn/output.hpp"
#include "nn/module.hpp"
#include "tensor/error.hpp"
#include "tensor/random.hpp"

namespace hg {

namespace {

// "lesson 3.6", for messages that come after the Lesson is gone.
std::string lesson_name = "lesson";

std::string name_of(const std::string& title) {
  const std::string number = title.substr(0, title.find(' '));
  const bool numbered = number.find('.') != std::string::npos;
  return "lesson " + (numbered ? number : title);
}

}  // namespace

Lesson::Lesson(int argc, char** argv, const LessonSpec& spec) : seed_(spec.seed) {
  lesson_name = name_of(spec.title);
  parse(argc, argv, spec);
  set_quiet(quiet_);
  apply_settings();
  if (quiet_) return;
  const bool bold = terminal().colours != ColourDepth::none;
  say((bold ? "\x1b[1m" : "") + spec.title + (bold ? "\x1b[0m" : ""));
  if (full_ && !spec.full_takes.empty()) {
    say("The book's configuration: takes " + spec.full_takes + ".");
  }
}

// Plugins come first: one of them may bring the device.
void Lesson::apply_settings() {
  manual_seed(seed_);
  if (threads_ > 0) set_num_threads(threads_);
  // Where gradients have died away, Adam's averages shrink to denormals, and a step on
  // those takes 3 to 4 times as long.
  set_flush_denormals(true);
  Registry::get().set_reference_only(reference_);
  for (const std::string& plugin : plugins_) load_plugin(plugin);
  device_from_name(device_);  // throws for one that is not there
  if (graph_.empty()) return;
  const std::string extension = graph_.extension().string();
  if (extension != ".svg" && extension != ".dot") {
    throw Error("--graph", "'" + graph_.string() + "' should end in .svg or .dot");
  }
  struct FirstBackward : Observer {
    explicit FirstBackward(Lesson& l) : lesson(l) {}
    void before(const Event& event) override {
      if (event.is_pass && !event.outer) lesson.draw_graph(event.roots[0], {}, false);
    }
    Lesson& lesson;
  };
  first_backward_ = std::make_shared<FirstBackward>(*this);
  add_observer(first_backward_);
}

Lesson::~Lesson() {
  if (first_backward_) remove_observer(first_backward_.get());
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

const std::filesystem::path& Lesson::temporary_folder() {
  if (!temporary_.empty()) return temporary_;
  const char* parent = std::getenv("TMPDIR");
  std::filesystem::path folder = parent && *parent ? parent : "/tmp";
  std::string name = folder / "handgrad-XXXXXX";
  if (!mkdtemp(name.data())) {
    throw Error("Lesson::temporary_folder",
                "cannot make a folder " + name + ": " + std::strerror(errno));
  }
  return temporary_ = name;
}

bool Lesson::has(const std::string& flag) const {
  const auto found = given_.find(flag);
  if (found == given_.end()) throw Error("Lesson::has", "this lesson has no flag " + flag);
  return found->second;
}

const std::string& Lesson::value(const std::string& flag) const {
  const auto found = values_.find(flag);
  if (found == values_.end()) {
    throw Error("Lesson::value", "this lesson has no flag " + flag + " with a value");
  }
  return found->second;
}

int64_t Lesson::integer(const std::string& flag) const {
  const std::string& text = value(flag);
  size_t used = 0;
  try {
    const int64_t whole = std::stoll(text, &used);
    if (used == text.size()) return whole;
  } catch (const std::logic_error&) {
    // Not a number, or too large for one: the message below says so.
  }
  throw Error(flag, "'" + text + "' is not a whole number");
}

double Lesson::number(const std::string& flag) const {
  const std::string& text = value(flag);
  size_t used = 0;
  try {
    const double number = std::stod(text, &used);
    if (used == text.size()) return number;
  } catch (const std::logic_error&) {
    // As above.
  }
  throw Error(flag, "'" + text + "' is not a number");
}

void Lesson::say(const std::string& text) const { learn::print_line(text); }

void Lesson::note(const std::string& text) const {
  if (!quiet_) say(text);
}

std::optional<std::filesystem::path> Lesson::picture(const std::string& name) const {
  if (out_.empty()) return std::nullopt;
  std::filesystem::path file = name;
  if (file.extension().empty()) file += ".png";
  learn::make_folder(out_, "--out");
  return out_ / file;
}

void Lesson::show(const Figure& figure, const std::string& name) {
  if (!quiet_) say(figure.text());
  if (out_.empty()) return;
  for (const char* extension : {".svg", ".png"}) figure.save(out_ / (name + extension));
}

void Lesson::show(Animator& animator, const std::string& name) {
  animator.finish();
  if (out_.empty()) return;
  for (const char* extension : {".svg", ".png"}) animator.save(out_ / (name + extension));
}

void Lesson::show(const ImageSheet& sheet, const std::string& name) {
  if (!quiet_) say(sheet.text());
  if (const auto file = picture(name)) sheet.save(*file);
}

void Lesson::graph(const Tensor& loss,
                   const std::vector<std::pair<std::string, Tensor>>& names) {
  if (!graph_.empty()) draw_graph(loss, {.parameters = names}, true);
}

void Lesson::graph(const Tensor& loss, const nn::Module& module) {
  if (graph_.empty() || graph_chosen_) return;
  draw_graph(loss, {.parameters = module.named_parameters()}, true);
}

// What the lesson chooses takes the place of the first backward pass's graph.
void Lesson::draw_graph(const Tensor& loss, const GraphOptions& options, bool chosen) {
  if (graph_chosen_ || (graph_drawn_ && !chosen)) return;
  graph_drawn_ = true;
  graph_chosen_ = chosen;
  hg::graph(loss, options).save(graph_);
}

bool Lesson::record(bool kept, const std::string& line) {
  ++(kept ? kept_ : missed_);
  const ColourDepth colours = terminal().colours;
  const Rgb colour = kept ? Rgb{0x00, 0x9e, 0x73} : Rgb{0xd5, 0x5e, 0x00};
  const bool plain = colours == ColourDepth::none;
  // The colour is for the first word: "ok" or "MISS".
  say(foreground(colour, colours) + line.substr(0, 4) + (plain ? "" : "\x1b[0m") +
      line.substr(4));
  return kept;
}

bool Lesson::expect_number(const std::string& what, double value, Bound bound) {
  return record(bound.holds_for(value), learn::bar_line(what, value, bound));
}

bool Lesson::expect(const std::string& what, bool kept) {
  return record(kept,
                (kept ? "ok   " : "MISS ") + what + (kept ? "" : ", expected to hold"));
}

int Lesson::finish() {
  std::fflush(stdout);
  if (!graph_.empty() && !graph_drawn_) {
    std::fprintf(stderr, "%s: --graph: nothing is drawn, as this lesson has no graph\n",
                 lesson_name.c_str());
  }
  if (kept_ + missed_ == 0) {
    std::fprintf(stderr, "%s: it promised nothing; lesson.expect(...) does\n",
                 lesson_name.c_str());
    return 1;
  }
  if (missed_ == 0) return 0;
  std::fprintf(stderr, "%s: %d of %d bars missed\n", lesson_name.c_str(), missed_,
               kept_ + missed_);
  return 1;
}

int Lesson::skip(const std::string& reason) const {
  say("skipped: " + reason);
  return 0;
}

int lesson_stopped() noexcept {
  std::fflush(stdout);
  try {
    throw;
  } catch (const learn::Stop& stop) {
    return stop.status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", lesson_name.c_str(), error.what());
  } catch (...) {
    std::fprintf(stderr, "%s: something was thrown that is no std::exception\n",
                 lesson_name.c_str());
  }
  return 1;
}

}  // namespace hg
