// Where the boxes of a graph go.
//
// The boxes stand in rows, each below everything it needs (K. Sugiyama, S. Tagawa, M. Toda,
// 1981). First every box gets its row, right above the first box that uses it. A long
// arrow passes through the rows between as if it had a small box in each. Then the boxes
// of a row are brought into the order of the mean place of their neighbours, downwards and
// upwards a few times, which removes most crossings. Last come the x coordinates: each box
// wants to stand at the mean of its neighbours' x, and they must not overlap.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/graph.hpp"
#include "learn/terminal.hpp"

namespace hg::learn {
namespace {

constexpr double letter = 7, line = 16, margin = 8, gap = 18, row_gap = 30;
constexpr size_t most_bends = 50000;  // beyond that, long arrows go straight

struct Item {  // a box, or the place where an arrow passes a row
  double width = 2, x = 0, wish = 0;
  int row = 0;
  std::vector<size_t> above, below;
};

class Layout {
 public:
  explicit Layout(const Graph& graph) : graph_(graph), items_(graph.boxes.size()) {}

  GraphLayout make() {
    choose_rows();
    connect();
    order_rows();
    choose_x();
    return finish();
  }

 private:
  void choose_rows() {
    // Arrows come in the order of the boxes they lead to, and boxes after what they need,
    // so one walk each way is enough: down, and up again, which lets every box that has
    // the choice stand right above the first that uses it.
    for (const Graph::Arrow& a : graph_.arrows) {
      items_[a.to].row = std::max(items_[a.to].row, items_[a.from].row + 1);
    }
    std::vector<bool> moved(items_.size(), false);
    for (auto a = graph_.arrows.rbegin(); a != graph_.arrows.rend(); ++a) {
      int& row = items_[a->from].row;
      const int above = items_[a->to].row - 1;
      row = moved[a->from] ? std::min(row, above) : above;
      moved[a->from] = true;
    }
    for (size_t i = 0; i < items_.size(); ++i) {
      size_t longest = 0;
      for (const std::string& text : graph_.boxes[i].lines) {
        longest = std::max(longest, size_t(display_width(text)));
      }
      items_[i].width = letter * double(longest) + 2 * margin;
    }
  }

  void join(size_t upper, size_t lower) {
    items_[upper].below.push_back(lower);
    items_[lower].above.push_back(upper);
  }

  void connect() {
    size_t bends = 0;
    for (const Graph::Arrow& a : graph_.arrows) {
      std::vector<size_t> way{a.from};
      const int span = items_[a.to].row - items_[a.from].row;
      if ((bends += size_t(span - 1)) <= most_bends) {
        for (int k = 1; k < span; ++k) {
          items_.push_back({});
          items_.back().row = items_[a.from].row + k;
          join(way.back(), items_.size() - 1);
          way.push_back(items_.size() - 1);
        }
      }
      join(way.back(), a.to);
      way.push_back(a.to);
      ways_.push_back(std::move(way));
    }
    int last = 0;
    for (const Item& item : items_) last = std::max(last, item.row);
    rows_.resize(size_t(last) + 1);
    for (size_t i = 0; i < items_.size(); ++i) rows_[size_t(items_[i].row)].push_back(i);
    for (auto& row : rows_) number(row);
  }

  // x is the place in the row while rows are ordered.
  void number(const std::vector<size_t>& row) {
    for (size_t k = 0; k < row.size(); ++k) {
      items_[row[k]].x = double(k) / double(row.size());
    }
  }

  void wish(size_t i, bool upwards) {
    const std::vector<size_t>& next = upwards ? items_[i].below : items_[i].above;
    double sum = 0;
    for (size_t k : next) sum += items_[k].x;
    items_[i].wish = next.empty() ? items_[i].x : sum / double(next.size());
  }

  template <class F>
  void sweep(int times, const F& f) {
    for (int t = 0; t < times; ++t) {
      const bool upwards = t % 2 == 1;
      for (size_t r = 0; r < rows_.size(); ++r) {
        auto& row = rows_[upwards ? rows_.size() - 1 - r : r];
        for (size_t i : row) wish(i, upwards);
        f(row);
      }
    }
  }

  void order_rows() {
    sweep(12, [&](std::vector<size_t>& row) {
      std::stable_sort(row.begin(), row.end(), [&](size_t a, size_t b) {
        return items_[a].wish < items_[b].wish;
      });
      number(row);
    });
  }

  double distance(size_t a, size_t b) const {
    return (items_[a].width + items_[b].width) / 2 + gap;
  }

  // The places nearest to the wishes, in the sense of least squares, that keep order and
  // distance. Less the distances before it, a box's place may only grow along the row; so
  // neighbours whose wishes are the wrong way round share their mean.
  void place(const std::vector<size_t>& row) {
    struct Block {
      double sum;
      size_t count;
      double mean() const { return sum / double(count); }
    };
    std::vector<Block> blocks;
    std::vector<double> before(row.size(), 0);
    for (size_t k = 0; k < row.size(); ++k) {
      if (k > 0) before[k] = before[k - 1] + distance(row[k - 1], row[k]);
      blocks.push_back({items_[row[k]].wish - before[k], 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().count += last.count;
      }
    }
    size_t k = 0;
    for (const Block& block : blocks) {
      for (size_t n = 0; n < block.count; ++n, ++k) {
        items_[row[k]].x = block.mean() + before[k];
      }
    }
  }

  void choose_x() {
    for (const auto& row : rows_) {
      double x = 0;
      for (size_t k = 0; k < row.size(); ++k) {
        if (k > 0) x += distance(row[k - 1], row[k]);
        items_[row[k]].x = x;
      }
      for (size_t i : row) items_[i].x -= x / 2;
    }
    sweep(20, [&](std::vector<size_t>& row) { place(row); });
  }

  double height(size_t box) const {
    return line * double(graph_.boxes[box].lines.size()) + 2 * margin;
  }

  GraphLayout finish() const {
    double left = items_[0].x, right = left;
    for (const Item& item : items_) {
      left = std::min(left, item.x - item.width / 2);
      right = std::max(right, item.x + item.width / 2);
    }
    std::vector<double> tall(rows_.size(), 0), middle(rows_.size());
    for (size_t i = 0; i < graph_.boxes.size(); ++i) {
      double& row = tall[size_t(items_[i].row)];
      row = std::max(row, height(i));
    }
    double y = gap;
    for (size_t r = 0; r < rows_.size(); ++r) {
      middle[r] = y + tall[r] / 2;
      y += tall[r] + row_gap;
    }
    GraphLayout layout;
    layout.width = right - left + 2 * gap;
    layout.height = y - row_gap + gap;
    auto x_of = [&](size_t i) { return items_[i].x - left + gap; };
    for (size_t i = 0; i < graph_.boxes.size(); ++i) {
      layout.boxes.push_back(
          {x_of(i), middle[size_t(items_[i].row)], items_[i].width, height(i)});
    }
    for (const auto& way : ways_) {
      std::vector<std::pair<double, double>> points;
      for (size_t k = 0; k < way.size(); ++k) {
        const size_t i = way[k], row = size_t(items_[i].row);
        if (k > 0) points.emplace_back(x_of(i), middle[row] - top(i));
        if (k + 1 < way.size()) points.emplace_back(x_of(i), middle[row] + top(i));
      }
      layout.arrows.push_back(std::move(points));
    }
    return layout;
  }

  // Half the height of a box; arrows pass the other rows without one.
  double top(size_t i) const { return i < graph_.boxes.size() ? height(i) / 2 : line; }

  const Graph& graph_;
  std::vector<Item> items_;
  std::vector<std::vector<size_t>> rows_, ways_;
};

}  // namespace

GraphLayout lay_out(const Graph& graph) {
  if (graph.boxes.empty()) return {};
  return Layout(graph).make();
}

}  // namespace hg::learn
