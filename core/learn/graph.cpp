// From the recorded nodes to boxes and arrows.
#include "learn/graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "autograd/node.hpp"
#include "host/registry.hpp"
#include "learn/output.hpp"
#include "learn/scale.hpp"
#include "nn/module.hpp"

namespace hg {
namespace {

std::string type_text(const hg_tensor& t) {
  return shape_of(t).to_string() + " " + name(dtype_of(t));
}

std::string value_text(const hg_value& v) {
  auto list = [&](auto element) {
    std::string text = "{";
    for (int i = 0; i < v.count; ++i) text += (i ? "," : "") + element(i);
    return text + "}";
  };
  switch (v.kind) {
    case HG_BOOL: return v.u.i ? "true" : "false";
    case HG_INT: return std::to_string(v.u.i);
    case HG_FLOAT: return learn::short_number(v.u.f);
    case HG_STRING: return std::string(v.u.s, size_t(v.count));
    case HG_INTS: return list([&](int i) { return std::to_string(v.u.iv[i]); });
    case HG_FLOATS: return list([&](int i) { return learn::short_number(v.u.fv[i]); });
    default: return "none";
  }
}

// "dim=1 keepdim=true": the attributes that are not as they are by default.
std::string attributes_text(const Node& node) {
  std::string text;
  for (uint32_t k = 0; node.op && k < node.n_attr; ++k) {
    const hg_attr& declared = *node.op->def->attrs[k];
    const std::string value = value_text(node.attr[k]);
    if (value == value_text(declared.dflt)) continue;
    text += (text.empty() ? "" : " ") + std::string(declared.name) + "=" + value;
  }
  constexpr size_t longest = 48;
  return text.size() <= longest ? text : text.substr(0, longest - 3) + "...";
}

std::string operation_name(const Node& node) {
  if (node.op) return node.op->short_name();
  std::string name = node.name();
  const size_t tail = name.rfind("Backward");
  return tail == std::string::npos || tail == 0 ? name : name.substr(0, tail);
}

std::string input_name(const Node& node, int i) {
  if (!node.op || node.op->def->n_in == 0) return "argument " + std::to_string(i);
  const hg_op& def = *node.op->def;
  return def.in[std::min(uint32_t(i), def.n_in - 1)]->name;
}

// "keeps input, output, 1 saved": what the backward pass will read.
std::string kept_text(const Node& node) {
  std::string text;
  auto add = [&](const std::string& what) {
    text += (text.empty() ? "keeps " : ", ") + what;
  };
  for (int i = 0; i < node.n_in; ++i) {
    if (node.kept[i].storage) add(input_name(node, i));
  }
  for (int i = 0; i < node.n_out; ++i) {
    if (node.kept[node.n_in + i].storage) add("its result");
  }
  for (int i = 0; i < node.n_saved; ++i) add(type_text(node.saved[i]));
  return text;
}

class Builder {
 public:
  explicit Builder(const GraphOptions& options) : options_(options) {
    for (const auto& [name, tensor] : options.parameters) {
      if (tensor.defined()) names_.emplace(tensor.impl(), name);
    }
  }

  Graph build(TensorImpl* root) {
    const Edge last = edge_of(root);
    if (last.leaf) box_of_leaf(last.leaf);
    if (last.node) collect(last.node);
    for (Node* node : drawn_) add_operation(*node);
    return std::move(graph_);
  }

 private:
  // The operations by falling number, each after all that use it: those nearest the root
  // come first. Then the drawn ones are turned round.
  void collect(Node* root) {
    auto by_number = [](const Node* a, const Node* b) { return a->number < b->number; };
    std::vector<Node*> queue{root};
    std::set<Node*> seen{root};
    while (!queue.empty()) {
      std::pop_heap(queue.begin(), queue.end(), by_number);
      Node* node = queue.back();
      queue.pop_back();
      ++graph_.operations;
      if (drawn_.size() < options_.limit) drawn_.push_back(node);
      for (int i = 0; i < node->n_in; ++i) {
        Node* next = node->edge[i].node;
        if (!next || !seen.insert(next).second) continue;
        queue.push_back(next);
        std::push_heap(queue.begin(), queue.end(), by_number);
      }
    }
    std::reverse(drawn_.begin(), drawn_.end());
    if (graph_.operations == drawn_.size()) return;
    rest_ = add_box(Graph::Box::Kind::rest,
                    {std::to_string(graph_.operations - drawn_.size()) +
                     " operations before these are not drawn"});
  }

  size_t add_box(Graph::Box::Kind kind, std::vector<std::string> lines) {
    std::erase(lines, "");
    graph_.boxes.push_back({kind, std::move(lines)});
    return graph_.boxes.size() - 1;
  }

  void add_operation(const Node& node) {
    std::vector<size_t> sources;
    for (int i = 0; i < node.n_in; ++i) {
      const Edge& edge = node.edge[i];
      if (edge.node) {
        const auto found = box_of_.find(edge.node);
        sources.push_back(found == box_of_.end() ? rest_ : found->second);
      } else if (edge.leaf) {
        sources.push_back(box_of_leaf(edge.leaf));
      } else if (is_given(node.in[i]) && node.in[i].ndim > 0) {
        sources.push_back(box_of_constant(node, i));
      }
    }
    std::vector<std::string> lines{operation_name(node), attributes_text(node)};
    for (int i = 0; i < node.n_out; ++i) lines.push_back(type_text(node.out[i]));
    if (options_.saved) lines.push_back(kept_text(node));
    const size_t box = add_box(Graph::Box::Kind::operation, std::move(lines));
    box_of_[&node] = box;
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    for (size_t from : sources) graph_.arrows.push_back({from, box});
  }

  size_t box_of_leaf(TensorImpl* leaf) {
    const auto [found, is_new] = leaves_.try_emplace(leaf, 0);
    if (!is_new) return found->second;
    const auto name = names_.find(leaf);
    return found->second = add_box(Graph::Box::Kind::leaf,
                                   {name == names_.end() ? "leaf" : name->second,
                                    type_text(leaf->desc)});
  }

  // Data that backward reads is known by its place; other data appears where it is used.
  size_t box_of_constant(const Node& node, int i) {
    const hg_tensor& t = node.in[i];
    const std::string text = type_text(t);
    auto make = [&] {
      return add_box(Graph::Box::Kind::constant, {input_name(node, i), text});
    };
    if (!t.data) return make();
    const auto [found, is_new] = constants_.try_emplace({t.data, text}, 0);
    if (is_new) found->second = make();
    return found->second;
  }

  const GraphOptions& options_;
  Graph graph_;
  std::unordered_map<const TensorImpl*, std::string> names_;
  std::vector<Node*> drawn_;
  std::unordered_map<const Node*, size_t> box_of_;
  std::unordered_map<const TensorImpl*, size_t> leaves_;
  std::map<std::pair<void*, std::string>, size_t> constants_;
  size_t rest_ = 0;
};

std::string escaped(const std::string& text) {  // for a dot string
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

const char* dot_style(Graph::Box::Kind kind) {
  switch (kind) {
    case Graph::Box::Kind::operation:
      return "style=\"rounded,filled\", fillcolor=\"#e3eef8\"";
    case Graph::Box::Kind::leaf: return "style=filled, fillcolor=\"#fdf0d5\"";
    default: return "style=dashed";
  }
}

}  // namespace

Graph graph(const Tensor& root, const GraphOptions& options) {
  root.desc();  // throws if the handle is empty
  if (!root.requires_grad()) {
    throw Error("graph",
                "nothing was recorded for the tensor " + root.shape().to_string() +
                    ": no input of it requires a gradient",
                "compute it from parameters, outside of no_grad");
  }
  return Builder(options).build(root.impl());
}

Graph graph(const Tensor& root, const nn::Module& module) {
  return graph(root, {.parameters = module.named_parameters()});
}

std::string Graph::dot() const {
  std::string text = "digraph handgrad {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (size_t i = 0; i < boxes.size(); ++i) {
    std::string label;
    for (const std::string& line : boxes[i].lines) {
      label += (label.empty() ? "" : "\\n") + escaped(line);
    }
    text += "  n" + std::to_string(i) + " [label=\"" + label + "\", " +
            dot_style(boxes[i].kind) + "];\n";
  }
  for (const Arrow& a : arrows) {
    text += "  n" + std::to_string(a.from) + " -> n" + std::to_string(a.to) + ";\n";
  }
  return text + "}\n";
}

void Graph::save(const std::filesystem::path& path) const {
  const std::string extension = path.extension().string();
  if (extension != ".svg" && extension != ".dot") {
    throw Error("graph", "'" + path.string() + "': a graph is saved as .svg or .dot");
  }
  learn::write_file(path, extension == ".svg" ? svg() : dot(), "graph");
}

}  // namespace hg
