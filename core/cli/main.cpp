// handgrad: the command. What can be typed, and what happens when something goes wrong:
//
//     0   done
//     1   it could not be done; the reason is on standard error. plugin check: there are
//         findings
//     2   what was typed makes no sense
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/check.hpp"
#include "cli/commands.hpp"
#include "host/loader.hpp"
#include "host/registry.hpp"
#include "tensor/error.hpp"
#include "version.hpp"

namespace {

using namespace hg;

// Everything that options write to.
struct Arguments {
  std::vector<std::string> plugins;
  bool reference = false, json = false;
  std::string name, language = "c", folder;
  cli::RunOptions run;
  cli::CheckOptions check;
  int status = 0;
};

// What several subcommands share; prepare() acts on it.
void add_kernel_options(CLI::App* command, Arguments& a) {
  command->add_option("--plugin", a.plugins, "Load a plugin first; may be repeated")
      ->allow_extra_args(false)
      ->type_name("PATH");
  command->add_flag("--reference", a.reference, "Use each operator's own kernels only");
}
void prepare(const Arguments& a) {
  if (a.reference) Registry::get().set_reference_only(true);
  for (const std::string& p : a.plugins) load_plugin(p);
}

void add_op(CLI::App& app, Arguments& a) {
  CLI::App* op = app.add_subcommand("op", "Look at operators, or run one");
  op->require_subcommand(1);

  CLI::App* list = op->add_subcommand("list", "Every operator, one line each");
  list->add_flag("--json", a.json, "All there is to know, as JSON");
  add_kernel_options(list, a);
  list->callback([&] {
    prepare(a);
    cli::list_operators(a.json);
  });

  CLI::App* show = op->add_subcommand("show", "One operator: formula, arguments, kernels");
  show->add_option("NAME", a.name, "softmax, acme.swish, ...")->required()->type_name("");
  add_kernel_options(show, a);
  show->callback([&] {
    prepare(a);
    cli::show_operator(a.name);
  });

  CLI::App* run = op->add_subcommand("run", "Run an operator on tensors from a file");
  run->add_option("NAME", a.run.op, "The operator")->required()->type_name("");
  run->add_option("--attrs", a.run.attrs, "Its attributes: '{\"dim\": -1}'")
      ->type_name("JSON");
  run->add_option("--in", a.run.in,
                  "A file with in.0, in.1, ...: safetensors, .npz, or .npy with in.0 alone")
      ->required()
      ->type_name("FILE");
  run->add_option("--out", a.run.out, "Where out.0, ... are written")
      ->required()
      ->type_name("FILE");
  run->add_flag("--grad", a.run.grad,
                "Write the gradients din.0, ... too; dout.0, ... are read from --in, ones "
                "where not given");
  run->add_option("--seed", a.run.seed, "The seed of random operators")->type_name("S");
  run->add_option("--device", a.run.device, "cpu, cuda, cuda:1, ...")->type_name("D");
  add_kernel_options(run, a);
  run->callback([&] {
    prepare(a);
    cli::run_operator(a.run);
  });
}

void add_plugin(CLI::App& app, Arguments& a) {
  CLI::App* plugin = app.add_subcommand("plugin", "Look at plugins, check or make one");
  plugin->require_subcommand(1);

  CLI::App* list = plugin->add_subcommand("list", "The plugins in the folders searched");
  list->callback([] { cli::list_plugins(); });

  CLI::App* describe = plugin->add_subcommand("describe", "What one brings, what it costs");
  describe->add_option("PLUGIN", a.name, "Its path or its name")->required()->type_name("");
  describe->callback([&] { cli::describe_plugin(a.name); });

  CLI::App* check = plugin->add_subcommand("check", "Test every kernel of one");
  check->add_option("PLUGIN", a.check.plugin, "Its path or its name, or \"core\"")
      ->required()
      ->type_name("");
  check->add_option("--only", a.check.only, "This operator; may be repeated")
      ->type_name("OP");
  check->add_option("--seed", a.check.seed, "Of the numbers to test with; 0 unless given")
      ->type_name("S");
  check->add_option("--seconds", a.check.seconds, "The most that one test may take; 20")
      ->check(CLI::PositiveNumber)
      ->type_name("T");
  check->add_flag("--json", a.check.json, "The result as JSON");
  check->callback([&] { a.status = cli::check_plugin(a.check) ? 0 : 1; });

  CLI::App* make = plugin->add_subcommand("new", "A folder with a plugin to start from");
  make->add_option("NAME", a.name, "Lower-case letters, digits and _")
      ->required()
      ->type_name("");
  make->add_option("--lang", a.language, "c (unless given) or cpp")
      ->check(CLI::IsMember({"c", "cpp"}))
      ->type_name("L");
  make->add_option("--dir", a.folder, "The folder to make; ./NAME unless given")
      ->type_name("DIR");
  make->callback([&] { cli::new_plugin(a.name, a.language, a.folder); });
}

void add_tensors(CLI::App& app, Arguments& a) {
  CLI::App* tensors = app.add_subcommand("tensors", "List the tensors in a file");
  tensors->add_option("FILE", a.name, "A safetensors, .npy or .npz file")
      ->required()
      ->type_name("");
  tensors->callback([&] { cli::list_tensors(a.name); });
}

void add_machine(CLI::App& app) {
  app.add_subcommand("machine", "What handgrad computes with on this computer")
      ->callback([] { cli::show_machine(); });
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("handgrad: operators, plugins and tensors from the command line",
               "handgrad");
  app.set_version_flag("--version", std::string("handgrad ") + version);
  app.require_subcommand(1);
  add_op(app, arguments);
  add_plugin(app, arguments);
  add_tensors(app, arguments);
  add_machine(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help or --version
  } catch (const CLI::ParseError& e) {
    std::vector<std::string> unknown = app.remaining(true);
    std::cerr << "handgrad: "
              << (unknown.empty() ? e.what() : "there is no '" + unknown.front() + "' here")
              << "\nTry handgrad --help.\n";
    return 2;
  }
  return arguments.status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int status = run(argc, argv);
    if (!std::cout.flush()) throw Error("output", "cannot write to standard output");
    return status;
  } catch (const std::exception& e) {
    std::cout.flush();
    std::cerr << "handgrad: " << e.what() << "\n";
    return 1;
  }
}
