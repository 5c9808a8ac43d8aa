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

// Attributes, not a style sheet: every viewer knows them.
const char* look_of(Graph::Box::Kind kind) {
  switch (kind) {
    case Graph::Box::Kind::operation: return "fill=\"#e3eef8\" stroke=\"#0072b2\" rx=\"8\"";
    case Graph::Box::Kind::leaf: return "fill=\"#fdf0d5\" stroke=\"#d08c00\"";
    default: return "fill=\"#ffffff\" stroke=\"#808080\" stroke-dasharray=\"4 3\"";
  }
}

std::string box_text(const Graph::Box& box, const learn::GraphLayout::Place& p) {
  std::string text = "<rect x=\"" + number(p.x - p.width / 2) + "\" y=\"" +
                     number(p.y - p.height / 2) + "\" width=\"" + number(p.width) +
                     "\" height=\"" + number(p.height) + "\" " + look_of(box.kind) + "/>\n";
  double y = p.y - 8 * double(box.lines.size()) + 12;
  for (size_t i = 0; i < box.lines.size(); ++i, y += 16) {
    text += "<text" + std::string(i == 0 ? " font-weight=\"bold\"" : "") + " x=\"" +
            number(p.x) + "\" y=\"" + number(y) + "\">" + escaped(box.lines[i]) +
            "</text>\n";
  }
  return text;
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
      "\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">\n"
      "<defs><marker id=\"tip\" markerWidth=\"9\" markerHeight=\"8\" refX=\"8\" refY=\"4\" "
      "orient=\"auto\"><path d=\"M0 0 L9 4 L0 8 z\" fill=\"#707070\"/></marker></defs>\n"
      "<rect width=\"" + width + "\" height=\"" + height + "\" fill=\"#ffffff\"/>\n"
      "<g fill=\"none\" stroke=\"#707070\">\n";
  for (const auto& points : layout.arrows) text += arrow_text(points);
  text += "</g>\n";
  for (size_t i = 0; i < boxes.size(); ++i) text += box_text(boxes[i], layout.boxes[i]);
  return text + "</svg>\n";
}

}  // namespace hg
