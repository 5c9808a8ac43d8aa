// The picture of a graph.
#include <cstdio>

#include "learn/graph.hpp"

namespace hg {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", x);
  return text;
}

const char* class_of(Graph::Box::Kind kind) {
  switch (kind) {
    case Graph::Box::Kind::operation: return "op";
    case Graph::Box::Kind::leaf: return "leaf";
    default: return "data";
  }
}

std::string box_text(const Graph::Box& box, const learn::GraphLayout::Place& p) {
  const bool round = box.kind == Graph::Box::Kind::operation;
  std::string text = "<g class=\"" + std::string(class_of(box.kind)) + "\"><rect x=\"" +
                     number(p.x - p.width / 2) + "\" y=\"" + number(p.y - p.height / 2) +
                     "\" width=\"" + number(p.width) + "\" height=\"" + number(p.height) +
                     "\" rx=\"" + (round ? "8" : "1") + "\"/>";
  double y = p.y - 8 * double(box.lines.size()) + 12;
  for (size_t i = 0; i < box.lines.size(); ++i, y += 16) {
    text += "<text" + std::string(i == 0 ? " class=\"name\"" : "") + " x=\"" + number(p.x) +
            "\" y=\"" + number(y) + "\">" + escaped(box.lines[i]) + "</text>";
  }
  return text + "</g>\n";
}

// Straight down through a row, in a curve from row to row.
std::string arrow_text(const std::vector<std::pair<double, double>>& points) {
  std::string path;
  for (size_t i = 0; i < points.size(); ++i) {
    const auto [x, y] = points[i];
    const std::string here = number(x) + " " + number(y);
    if (i == 0) {
      path = "M" + here;
    } else if (i % 2 == 0) {
      path += " L" + here;
    } else {
      const auto [x0, y0] = points[i - 1];
      const std::string middle = number((y0 + y) / 2);
      path += " C" + number(x0) + " " + middle + " " + number(x) + " " + middle + " " +
              here;
    }
  }
  return "<path d=\"" + path + "\" marker-end=\"url(#tip)\"/>\n";
}

}  // namespace

std::string Graph::svg() const {
  const learn::GraphLayout layout = learn::lay_out(*this);
  const std::string width = number(layout.width), height = number(layout.height);
  std::string text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" +
      height + "\" viewBox=\"0 0 " + width + " " + height +
      "\">\n<style>\n"
      "text { font: 12px sans-serif; text-anchor: middle; fill: #303030 }\n"
      ".name { font-weight: bold; fill: #000000 }\n"
      ".op rect { fill: #e3eef8; stroke: #0072b2 }\n"
      ".leaf rect { fill: #fdf0d5; stroke: #d08c00 }\n"
      ".data rect { fill: #ffffff; stroke: #808080; stroke-dasharray: 4 3 }\n"
      "path { fill: none; stroke: #707070 }\n"
      "marker path { fill: #707070; stroke: none }\n"
      "</style>\n"
      "<defs><marker id=\"tip\" markerWidth=\"9\" markerHeight=\"8\" refX=\"8\" refY=\"4\" "
      "orient=\"auto\"><path d=\"M0 0 L9 4 L0 8 z\"/></marker></defs>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  for (const auto& points : layout.arrows) text += arrow_text(points);
  for (size_t i = 0; i < boxes.size(); ++i) text += box_text(boxes[i], layout.boxes[i]);
  return text + "</svg>\n";
}

}  // namespace hg
