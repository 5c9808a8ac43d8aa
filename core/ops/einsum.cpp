// einsum: products and sums of any number of tensors, told by the letters of their axes.
//
//     einsum("bij,bjk->bik", {x, y})         z[b,i,k] = sum_j x[b,i,j] * y[b,j,k]
//
// One rule covers transposes, diagonals, traces, inner, outer, matrix and stacked products:
// give every axis a letter; for each setting of all letters multiply the elements that they
// name; add each product to the element of the result that its letters name. So a letter
//
//     of several tensors          runs through them in step
//     twice in one tensor         stays on the diagonal:        "ii->i"
//     missing behind the arrow    is summed over:               "ij->i"
//
// "..." stands for any axes that have no letter; they broadcast. A size of 1 broadcasts
// under a letter, too. Without an arrow, the result has the axes of "...", then the letters
// that occur once, in alphabetical order, capitals first. Blanks mean nothing.
//
// It has no kernel of its own. A pair of tensors is one stacked matrix product, once the
// letters are sorted by who has them and who needs them afterwards:
//
//     stack   both tensors, needed          x: (stack, left, sum)
//     left    only x, needed                y: (stack, sum, right)
//     right   only y, needed                z: (stack, left, right)
//     sum     both, not needed any more
//
// so permute, reshape and matmul do the work (without letters to sum over, a broadcast
// product), in the fast kernels that these have, and the backward pass is theirs. More
// tensors are joined from the left to the right; the order does not change the result, but
// the time: put small results first.
#include <cctype>
#include <map>

#include "ops/functions.hpp"

namespace hg {
namespace {

// An axis is known by its letter; those of "..." by numbers, counted from the right:
// -1 is the last of them, as it is for broadcasting.
using Label = int;
using Labels = std::vector<Label>;

bool has(const Labels& labels, Label l) {
  return std::find(labels.begin(), labels.end(), l) != labels.end();
}

std::string text_of(Label l) { return l > 0 ? std::string(1, char(l)) : "..."; }

// A tensor whose axes have names, each of them once.
struct Named {
  Tensor t;
  Labels labels;

  int axis(Label l) const {
    return int(std::find(labels.begin(), labels.end(), l) - labels.begin());
  }
  int64_t size(Label l) const { return t.size(axis(l)); }
  void sum(Label l) {
    t = t.sum(axis(l));
    labels.erase(labels.begin() + axis(l));
  }
  void squeeze(Label l) {
    t = t.squeeze(axis(l));
    labels.erase(labels.begin() + axis(l));
  }
  // The axes in the order of `wanted`, which names each of them.
  Tensor arranged(const Labels& wanted) const {
    Shape order;
    for (Label l : wanted) order.push_back(axis(l));
    return t.permute(order);
  }
};

class Einsum {
 public:
  Einsum(const std::string& equation, const std::vector<Tensor>& tensors)
      : equation_(printable(equation)) {
    std::string left = equation, right;
    std::erase(left, ' ');
    const size_t arrow = left.find("->");
    if (arrow != std::string::npos) {
      right = left.substr(arrow + 2);
      left.resize(arrow);
    }
    size_t start = 0;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (start > left.size()) fail_count(left, tensors.size());
      const size_t comma = std::min(left.find(',', start), left.size());
      add_operand(left.substr(start, comma - start), tensors[i], i);
      start = comma + 1;
    }
    if (start <= left.size() || tensors.empty()) fail_count(left, tensors.size());
    if (arrow != std::string::npos) {
      read_result(right);
    } else {
      derive_result();
    }
  }

  Tensor operator()() {
    Named z = operands_[0];
    for (size_t i = 1; i < operands_.size(); ++i) z = product(z, operands_[i], i + 1);
    for (Label l : Labels(z.labels)) {
      if (!has(result_, l)) z.sum(l);
    }
    return z.arranged(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw Error("einsum", "\"" + equation_ + "\": " + problem, hint);
  }
  [[noreturn]] void fail_count(const std::string& left, size_t tensors) const {
    const auto commas = std::count(left.begin(), left.end(), ',');
    fail("it tells of " + std::to_string(commas + 1) + " tensors, and there are " +
         std::to_string(tensors));
  }

  // ---- reading --------------------------------------------------------------------------

  // The labels of one tensor's part of the equation, `ellipsis` of them for "...".
  Labels read(const std::string& part, int ellipsis) const {
    Labels labels;
    for (size_t i = 0; i < part.size(); ++i) {
      const auto ch = static_cast<unsigned char>(part[i]);
      if (part.compare(i, 3, "...") == 0) {
        if (part.find("...", i + 3) != std::string::npos) {
          fail("\"" + part + "\" has more than one \"...\"");
        }
        for (int e = ellipsis; e > 0; --e) labels.push_back(-e);
        i += 2;
      } else if (ch < 128 && std::isalpha(ch)) {
        labels.push_back(ch);
      } else {
        fail("\"" + printable(part) +
             "\" has a character that is neither a letter nor "
             "part of \"...\", \",\" or \"->\"");
      }
    }
    return labels;
  }

  static std::string printable(std::string text) {
    for (char& ch : text) {
      if (!std::isprint(static_cast<unsigned char>(ch))) ch = '?';
    }
    return text;
  }

  void add_operand(const std::string& part, const Tensor& t, size_t number) {
    const std::string who =
        "tensor " + std::to_string(number) + ", " + t.shape().to_string() + ",";
    const int letters = int(read(part, 0).size()), unnamed = t.dim() - letters;
    const bool ellipsis = part.find("...") != std::string::npos;
    if (unnamed < 0 || (unnamed > 0 && !ellipsis)) {
      fail(who + " has " + std::to_string(t.dim()) + " axes, and \"" + part + "\" names " +
               std::to_string(letters),
           unnamed > 0 ? "\"...\" stands for the axes without a letter" : "");
    }
    Named operand{t, read(part, unnamed)};
    take_diagonals(operand, who);
    for (Label l : operand.labels) {
      int64_t& size = sizes_.try_emplace(l, 1).first->second;
      const int64_t n = operand.size(l);
      if (n != 1 && size != 1 && n != size) {
        fail(text_of(l) + " has size " + std::to_string(size) + ", and in " + who +
             " size " + std::to_string(n));
      }
      if (size == 1) size = n;
    }
    for (Label l : read(part, 0)) ++occurrences_[l];
    operands_.push_back(std::move(operand));
  }

  // Letters that occur twice: their axes become one, the last, which walks the diagonal.
  void take_diagonals(Named& x, const std::string& who) const {
    for (size_t i = 0; i < x.labels.size(); ++i) {
      for (size_t j = x.labels.size() - 1; j > i; --j) {
        const Label l = x.labels[i];
        if (x.labels[j] != l) continue;
        const int64_t n = x.t.size(int64_t(i)), m = x.t.size(int64_t(j));
        if (n != m) {
          fail("the axes " + text_of(l) + " of " + who + " have sizes " +
               std::to_string(n) + " and " + std::to_string(m));
        }
        x.t = x.t.diagonal(0, int64_t(i), int64_t(j));
        x.labels.erase(x.labels.begin() + ptrdiff_t(j));
        x.labels.erase(x.labels.begin() + ptrdiff_t(i));
        x.labels.push_back(l);
        j = x.labels.size();  // another letter stands at i now
      }
    }
  }

  // The axes of "..." are as many as the tensor with the most of them has.
  int ellipsis_axes() const {
    return sizes_.empty() ? 0 : std::max(0, -sizes_.begin()->first);
  }

  void read_result(const std::string& part) {
    result_ = read(part, ellipsis_axes());
    for (size_t i = 0; i < result_.size(); ++i) {
      const Label l = result_[i];
      if (std::count(result_.begin(), result_.end(), l) > 1) {
        fail(text_of(l) + " stands more than once behind the arrow");
      }
      if (!sizes_.contains(l)) fail(text_of(l) + " stands behind the arrow only");
    }
  }

  void derive_result() {
    result_ = read("...", ellipsis_axes());
    for (const auto& [l, times] : occurrences_) {
      if (times == 1) result_.push_back(l);
    }
  }

  // ---- computing ------------------------------------------------------------------------

  // Is a letter in the result, or in a tensor that is yet to come?
  bool needed(Label l, size_t next) const {
    if (has(result_, l)) return true;
    for (size_t i = next; i < operands_.size(); ++i) {
      if (has(operands_[i].labels, l)) return true;
    }
    return false;
  }

  Named product(Named x, Named y, size_t next) const {
    for (Label l : Labels(x.labels)) {  // a size of 1 stretches to whatever the other has
      if (!has(y.labels, l) || x.size(l) == y.size(l)) continue;
      (x.size(l) == 1 ? x : y).squeeze(l);
    }
    for (Named* one : {&x, &y}) {  // what only one of them has, and nobody needs
      const Labels other = (one == &x ? y : x).labels;
      for (Label l : Labels(one->labels)) {
        if (!has(other, l) && !needed(l, next)) one->sum(l);
      }
    }
    Labels stack, left, right, sum;
    for (Label l : x.labels) {
      (!has(y.labels, l) ? left : needed(l, next) ? stack : sum).push_back(l);
    }
    for (Label l : y.labels) {
      if (!has(x.labels, l)) right.push_back(l);
    }
    const int64_t B = count(x, stack), N = count(x, left), K = count(x, sum);
    const int64_t M = count(y, right);
    if (x.t.dtype() != y.t.dtype() && is_integral(x.t.dtype()) &&
        is_integral(y.t.dtype())) {
      for (Named* one : {&x, &y}) one->t = one->t.to(i64);  // as sums of them are
    }
    Tensor a = x.arranged(joined(stack, left, sum)).reshape({B, N, K});
    Tensor b = y.arranged(joined(stack, sum, right)).reshape({B, K, M});
    Named z{{}, joined(stack, left, right)};
    Shape shape;
    for (Label l : z.labels) {
      if (shape.size() == max_rank) fail("a product of two of the tensors has over 8 axes");
      shape.push_back(has(x.labels, l) ? x.size(l) : y.size(l));
    }
    // Nothing to sum over: (B,N,1) * (B,1,M), element by element.
    z.t = (sum.empty() ? a * b : a.matmul(b)).reshape(shape);
    return z;
  }

  static int64_t count(const Named& x, const Labels& labels) {
    int64_t n = 1;
    for (Label l : labels) n *= x.size(l);
    return n;
  }
  static Labels joined(const Labels& a, const Labels& b, const Labels& c) {
    Labels all = a;
    all.insert(all.end(), b.begin(), b.end());
    all.insert(all.end(), c.begin(), c.end());
    return all;
  }

  std::string equation_;
  std::vector<Named> operands_;
  std::map<Label, int64_t> sizes_;    // "..." first, then letters, capitals first
  std::map<Label, int> occurrences_;  // of letters, in all tensors together
  Labels result_;
};

}  // namespace

Tensor einsum(const std::string& equation, const std::vector<Tensor>& tensors) {
  return Einsum(equation, tensors)();
}

}  // namespace hg
