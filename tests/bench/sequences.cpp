// Networks that read letters: recurrent ones, and a transformer.
//
// The recurrent steps are written out in operators. The gates are PyTorch's, with its two
// vectors of biases; a state starts at 0.
#include <cmath>
#include <limits>

#include "models.hpp"
#include "nn/embedding.hpp"
#include "nn/functional.hpp"
#include "nn/linear.hpp"
#include "nn/module_list.hpp"
#include "ops/functions.hpp"

namespace hg::bench {
namespace {

// ---- recurrent layers -------------------------------------------------------------------

// x (T, N, I) -> (T, N, H). `gates` blocks of rows in each weight. What the input adds to
// the gates is one product for all steps.
struct Recurrent : nn::Module {
  int64_t hidden;
  nn::Parameter weight_ih, weight_hh, bias_ih, bias_hh;

  Recurrent(int64_t gates, int64_t inputs, int64_t hidden)
      : hidden(hidden),
        weight_ih(*this, "weight_ih", zeros({gates * hidden, inputs})),
        weight_hh(*this, "weight_hh", zeros({gates * hidden, hidden})),
        bias_ih(*this, "bias_ih", zeros({gates * hidden})),
        bias_hh(*this, "bias_hh", zeros({gates * hidden})) {}

  Tensor forward(const Tensor& x) override {
    std::vector<Tensor> from_input = linear(x, weight_ih, bias_ih).unbind(0);
    begin(x.size(1));
    std::vector<Tensor> states;
    for (const Tensor& gx : from_input) states.push_back(step(gx));
    return stack(states);
  }
  Tensor from_state(const Tensor& h) { return linear(h, weight_hh, bias_hh); }

  virtual void begin(int64_t batch) = 0;
  virtual Tensor step(const Tensor& gx) = 0;  // gx (N, gates*H) -> the new h (N, H)
};

// h = tanh(gx + gh)
struct Rnn : Recurrent {
  Tensor h;
  Rnn(int64_t inputs, int64_t hidden) : Recurrent(1, inputs, hidden) {}
  void begin(int64_t batch) override { h = zeros({batch, hidden}); }
  Tensor step(const Tensor& gx) override { return h = (gx + from_state(h)).tanh(); }
};

// r, z = sigmoid(gx + gh);  n = tanh(gx + r gh);  h = n + z (h - n)
struct Gru : Recurrent {
  Tensor h;
  Gru(int64_t inputs, int64_t hidden) : Recurrent(3, inputs, hidden) {}
  void begin(int64_t batch) override { h = zeros({batch, hidden}); }
  Tensor step(const Tensor& gx) override {
    Tensor gh = from_state(h);
    Tensor rz = (gx.narrow(1, 0, 2 * hidden) + gh.narrow(1, 0, 2 * hidden)).sigmoid();
    Tensor r = rz.narrow(1, 0, hidden), z = rz.narrow(1, hidden, hidden);
    Tensor n = (gx.narrow(1, 2 * hidden, hidden) + r.mul(gh.narrow(1, 2 * hidden, hidden)))
                   .tanh();
    return h = n + z * (h - n);
  }
};

// i, f, o = sigmoid(gx + gh), g = tanh(gx + gh);  c = f c + i g;  h = o tanh(c)
struct Lstm : Recurrent {
  Tensor h, c;
  Lstm(int64_t inputs, int64_t hidden) : Recurrent(4, inputs, hidden) {}
  void begin(int64_t batch) override { h = c = zeros({batch, hidden}); }
  Tensor step(const Tensor& gx) override {
    std::vector<Tensor> gate = (gx + from_state(h)).chunk(4, 1);
    Tensor i = gate[0].sigmoid(), f = gate[1].sigmoid(), o = gate[3].sigmoid();
    c = f * c + i * gate[2].tanh();
    return h = o * c.tanh();
  }
};

// Letters (T, N) one-hot, and a score for each next letter, (T*N, 28).
template <class Layer>
struct Characters : nn::Module {
  Layer recurrent{28, 256};
  nn::Linear out{256, 28};
  Characters() {
    adopt("recurrent", recurrent);
    adopt("out", out);
  }
  Tensor forward(const Tensor& x) override {
    return out(recurrent(one_hot(x, 28).to(f32)).flatten(0, 1));
  }
};

struct DeepLstm : nn::Module {
  nn::Embedding embedding{*this, "embedding", 65, 128};
  Lstm first{128, 512}, second{512, 512};
  nn::Linear out{512, 65};
  DeepLstm() {
    adopt("first", first);
    adopt("second", second);
    adopt("out", out);
  }
  Tensor forward(const Tensor& x) override {
    return out(second(first(embedding(x))).flatten(0, 1));
  }
};

// ---- a transformer ----------------------------------------------------------------------

// Layer normalisation without an offset.
struct Scale : nn::Module {
  nn::Parameter weight;
  Scale(Module& parent, const std::string& name, int64_t width)
      : weight(*this, "weight", ones({width})) {
    parent.adopt(name, *this);
  }
  Tensor forward(const Tensor& x) override {
    return nn::functional::layer_norm(x, weight.shape(), weight);
  }
};

// Attention to what came before, then two dense layers, each added to x (N, T, width).
struct Transformer : nn::Module {
  int64_t heads;
  Tensor mask;  // (T, T): minus infinity above the diagonal
  Scale norm1, norm2;
  nn::Linear qkv, proj, up, down;

  Transformer(int64_t width, int64_t heads, const Tensor& mask)
      : heads(heads),
        mask(mask),
        norm1(*this, "norm1", width),
        norm2(*this, "norm2", width),
        qkv(*this, "qkv", width, 3 * width, false),
        proj(*this, "proj", width, width, false),
        up(*this, "up", width, 4 * width, false),
        down(*this, "down", 4 * width, width, false) {}

  Tensor attention(const Tensor& x) {
    auto [n, t, width] = x.sizes<3>();
    int64_t d = width / heads;
    auto by_head = [&, n = n, t = t](const Tensor& z) {
      return z.reshape({n, t, heads, d}).transpose(1, 2).reshape({n * heads, t, d});
    };
    std::vector<Tensor> parts = qkv(x).chunk(3, -1);
    Tensor q = by_head(parts[0]), k = by_head(parts[1]), v = by_head(parts[2]);
    Tensor scores = q.bmm(k.transpose(1, 2)) * (1 / std::sqrt(double(d))) + mask;
    Tensor y = scores.softmax(-1).bmm(v).view({n, heads, t, d});
    return proj(y.transpose(1, 2).reshape({n, t, width}));
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = x + attention(norm1(x));
    return y + down(nn::functional::gelu(up(norm2(y))));
  }
};

// Letters (N, T) in, scores (N*T, 65) out; the output layer is the embedding's.
struct Gpt : nn::Module {
  nn::Embedding token, position;
  nn::ModuleList blocks;
  Scale norm;

  Gpt(int layers, int64_t width, int64_t heads, int64_t context)
      : token(*this, "token", 65, width),
        position(*this, "position", context, width),
        blocks(*this, "blocks"),
        norm(*this, "norm", width) {
    double hidden = -std::numeric_limits<double>::infinity();
    Tensor mask = full({context, context}, hidden).triu(1);
    for (int i = 0; i < layers; ++i) blocks.add<Transformer>(width, heads, mask);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = token(x) + position.weight.narrow(0, 0, x.size(1));
    for (nn::Module& block : blocks) y = block(y);
    return linear(norm(y).flatten(0, 1), token.weight);
  }
};

}  // namespace

Net rnn_char() { return nn::make<Characters<Rnn>>(); }
Net gru_char() { return nn::make<Characters<Gru>>(); }
Net lstm_char() { return nn::make<Characters<Lstm>>(); }
Net lstm_2x512() { return nn::make<DeepLstm>(); }
Net gpt(int layers, int64_t width, int64_t heads, int64_t context) {
  return nn::make<Gpt>(layers, width, heads, context);
}

}  // namespace hg::bench
