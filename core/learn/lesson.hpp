// What every lesson shares: its flags, its pictures, and the bars it must meet.
//
// A lesson is a whole program and looks like one:
//
//     int main(int argc, char** argv) try {
//         hg::Lesson lesson(argc, argv, "3.6 Softmax regression from scratch");
//         ...
//         lesson.expect("test accuracy", accuracy, hg::at_least(0.82));
//         return lesson.finish();
//     } catch (...) {
//         return hg::lesson_stopped();
//     }
//
// The `try` around the whole of main is plain C++: whatever is thrown inside ends in the
// last line, which prints it and gives the program its exit status. --help ends there, too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "learn/accumulator.hpp"
#include "learn/animator.hpp"
#include "learn/bar.hpp"
#include "learn/figure.hpp"
#include "learn/image.hpp"
#include "learn/progress.hpp"
#include "learn/timer.hpp"
#include "tensor/tensor.hpp"

namespace hg {

struct GraphOptions;
class Observer;
namespace nn {
class Module;
}

/// A flag of one lesson, beside the common ones: {"--handbook", "what it does"}. A word
/// after the name makes it take a value: {"--epochs N", "passes over the data", "10"},
/// the last being the value when the flag is not given.
struct LessonFlag {
  std::string name, help = {}, value = {};
};

struct LessonSpec {
  std::string title;  // "3.6 Softmax regression from scratch"
  std::vector<LessonFlag> flags = {};
  std::string full_takes = {};  // what --full prints: "8 minutes on two cores"
  uint64_t seed = 0;            // of the random numbers, when --seed is not given
};

class Lesson {
 public:
  /// Reads the command line, sets threads, seed and plugins, and prints the title. Denormal
  /// numbers, below 1.2e-38 in f32, count as 0 from here on (set_flush_denormals).
  Lesson(int argc, char** argv, const LessonSpec& spec);
  Lesson(int argc, char** argv, const std::string& title)
      : Lesson(argc, argv, LessonSpec{title}) {}
  ~Lesson();
  Lesson(const Lesson&) = delete;
  Lesson& operator=(const Lesson&) = delete;

  // ---- how it was called ---------------------------------------------------------------
  bool check() const { return check_; }  ///< a run of seconds, with bars of its own
  bool full() const { return full_; }    ///< the book's configuration
  bool quiet() const { return quiet_; }
  bool yes() const { return yes_; }  ///< answer every question with yes
  /// The folder with the data sets: --data, else HANDGRAD_DATA, else what `make data` has
  /// fetched; empty if there is none of them.
  const std::filesystem::path& data() const { return data_; }
  const std::string& device() const { return device_; }  ///< "cpu", "cuda:1"
  int threads() const { return threads_; }               ///< 0: as many as there are cores
  uint64_t seed() const { return seed_; }
  bool reference() const { return reference_; }  ///< the core's own kernels only
  const std::vector<std::string>& plugins() const { return plugins_; }

  /// The lesson's own flags: was "--handbook" given; the value of "--epochs".
  bool has(const std::string& flag) const;
  const std::string& value(const std::string& flag) const;
  int64_t integer(const std::string& flag) const;
  double number(const std::string& flag) const;

  // ---- what it shows -------------------------------------------------------------------
  /// Draws on the terminal and, with --out, writes name.svg and name.png there. An
  /// animator's drawing is brought to its end first.
  void show(const Figure& figure, const std::string& name);
  void show(Animator& animator, const std::string& name);
  /// The same for images, as name.png.
  void show(const ImageSheet& sheet, const std::string& name);
  /// A path in --out for a file of this name, ".png" added where it has no extension;
  /// nothing without --out.
  std::optional<std::filesystem::path> picture(const std::string& name) const;
  /// A folder for files that nobody wants to keep. It goes when the lesson ends.
  const std::filesystem::path& temporary_folder();
  /// With --graph FILE.svg, draws there the graph that led to `loss`, with the names of
  /// leaves or of a module's parameters. A lesson that never says so has the graph of its
  /// first backward() drawn. Only the first call draws; without --graph none does anything.
  void graph(const Tensor& loss,
             const std::vector<std::pair<std::string, Tensor>>& names = {});
  void graph(const Tensor& loss, const nn::Module& module);
  /// Prints a line of no consequence: a time, a rate.
  void note(const std::string& text) const;

  // ---- what it promises ----------------------------------------------------------------
  /// Prints a line that says whether the promise is kept; a broken one fails the lesson.
  template <Arithmetic T>
  bool expect(const std::string& what, T value, Bound bound) {
    return expect_number(what, static_cast<double>(value), bound);
  }
  bool expect(const std::string& what, bool kept);

  /// The exit status: 0 if all promises were kept and there was one at least, else 1.
  int finish();
  /// The exit status 0 of a lesson that this machine can't run: "no CUDA device".
  int skip(const std::string& reason) const;

 private:
  bool expect_number(const std::string& what, double value, Bound bound);
  bool record(bool kept, const std::string& line);
  void parse(int argc, char** argv, const LessonSpec& spec);
  void apply_settings();
  void say(const std::string& text) const;
  void draw_graph(const Tensor& loss, const GraphOptions& options, bool chosen);

  bool check_ = false, full_ = false, quiet_ = false, yes_ = false, reference_ = false;
  std::filesystem::path data_, out_, graph_, temporary_;
  std::string device_ = "cpu";
  int threads_ = 0;
  uint64_t seed_ = 0;
  std::vector<std::string> plugins_;
  std::map<std::string, bool> given_;
  std::map<std::string, std::string> values_;
  int kept_ = 0, missed_ = 0;
  bool graph_drawn_ = false, graph_chosen_ = false;
  std::shared_ptr<Observer> first_backward_;  // with --graph
};

/// For the `catch (...)` of a lesson's main: prints what was thrown, "lesson 3.6: ...",
/// and returns the exit status: 0 after --help and --version, 2 for a command line that
/// makes no sense, else 1.
int lesson_stopped() noexcept;

}  // namespace hg
