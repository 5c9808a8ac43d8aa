// The host's side of kernels/blocked.hpp: weights packed in the order of their use, images
// laid anew in bands that the L2 cache holds, results put in their places.
#include "conv_blocked.hpp"

#include "kernels/blocked.hpp"
#include "kernels/outer.hpp"
#include "slices.hpp"

namespace hg::fastcpu {
namespace {

// So many windows are computed at a time, if there are: enough that the weights, which pass
// by from the L2 cache or beyond, are used some hundred times each.
constexpr int64_t band_windows = 96;
// Floats of x that a worker holds at a time: half of an L2 cache of 1 MiB.
constexpr int64_t band_floats = 1 << 17;

// Windows along an axis: number i sees places i*step + first to i*step + first + reach - 1.
struct WindowAxis {
  int64_t count, step, first, reach;
  int64_t seen(int64_t windows) const { return (windows - 1) * step + reach; }
  /// Could a window have its place number `place` among 0 to size - 1? If not, all of them
  /// see zeros there.
  bool sees(int64_t place, int64_t size) const {
    return first + place < size && first + place + (count - 1) * step >= 0;
  }
};

// Number of a tap in the weights, and which place of a window it sees.
struct Tap {
  int64_t number, row, column;
};

// n taps that the windows from (row, column) on share. The results land on a lattice of y.
// Forward is one pass, the gradient of x is one for each phase of x.
struct Pass {
  const Tap* taps;
  int64_t n, row, column, rows, columns;
  int64_t y_offset, y_row, y_column;
};

struct Job {
  const float* x;
  int64_t N, C, rows, columns;  // of x
  WindowAxis h, w;
  const float* weights;  // w[k*out_step + c*in_step + tap]
  int64_t out_step, in_step, taps;
  float* y;
  int64_t K, y_plane;
  const float* bias = nullptr;
  bool add = false;
  const Pass* passes;
  int64_t n_passes;
};

class Correlation {
 public:
  Correlation(const Call& c, const Job& job)
      : job_(job),
        best_(best_blocked()),
        chunks_(ceil_div(job.C, best_.lanes)),
        panels_(ceil_div(job.K, best_.channels)),
        width_(job.w.seen(job.w.count)) {
    band_rows_ = std::clamp<int64_t>(band_windows / job.w.count, 1, job.h.count);
    chunk_floats_ = job.h.seen(band_rows_) * width_ * best_.lanes;
    bands_ = ceil_div(job.h.count, band_rows_);
    if (bands_ == 1) {
      images_ = std::min(band_windows / (job.h.count * job.w.count),
                         band_floats / (chunks_ * chunk_floats_));
      images_ = std::clamp<int64_t>(images_, 1, job.N);
    }
    pack(c);
    const int64_t blocks = ceil_div(job.N, images_) * bands_;
    parts_ = std::min(panels_, ceil_div(least_tasks, blocks));
    const int64_t windows = images_ * band_rows_ * job.w.count;
    x_floats_ = round_up(images_ * chunks_ * chunk_floats_, 16);
    y_floats_ = windows * best_.channels;
    Slices(c, blocks * parts_)
        .loop(x_floats_ + y_floats_ + 2 * windows,
              [&](int64_t begin, int64_t end, float* slice) {
                for (int64_t t = begin; t < end; ++t) run(t / parts_, t % parts_, slice);
              });
  }

 private:
  // Weights in the order of their use: panel, tap, channel of x, channels of y. And where
  // each tap sees each chunk of channels.
  void pack(const Call& c) {
    const int64_t lanes = best_.lanes, channels = best_.channels;
    int64_t n = 0;
    int64_t* slot = c.scratch<int64_t>(job_.taps);  // of a tap, in the order of the passes
    std::fill_n(slot, job_.taps, int64_t(-1));
    offset_ = c.scratch<int32_t>(job_.taps * chunks_);
    for (int64_t p = 0; p < job_.n_passes; ++p) {
      for (int64_t i = 0; i < job_.passes[p].n; ++i, ++n) {
        const Tap& tap = job_.passes[p].taps[i];
        slot[tap.number] = n;
        for (int64_t q = 0; q < chunks_; ++q) {
          offset_[n * chunks_ + q] = int32_t((tap.row * width_ + tap.column) * lanes +
                                             q * chunk_floats_);
        }
      }
    }
    panel_floats_ = n * chunks_ * lanes * channels;
    packed_ = c.scratch<float>(panels_ * panel_floats_);
    bias_ = c.scratch<float>(panels_ * channels);
    for (int64_t k = 0; k < panels_ * channels; ++k) {
      bias_[k] = job_.bias && k < job_.K ? job_.bias[k] : 0.0f;
    }
    c.parallel(panels_ * chunks_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t panel = i / chunks_, q = i % chunks_;
        float* to = packed_ + panel * panel_floats_ + q * lanes * channels;
        for (int64_t t = 0; t < n; ++t) {
          std::fill_n(to + t * chunks_ * lanes * channels, lanes * channels, 0.0f);
        }
        const int64_t ks = std::min(channels, job_.K - panel * channels),
                      cs = std::min(lanes, job_.C - q * lanes);
        const float* from = job_.weights + panel * channels * job_.out_step +
                            q * lanes * job_.in_step;
        for (int64_t ci = 0; ci < cs; ++ci, from += job_.in_step, to += channels) {
          for (int64_t t = 0; t < job_.taps; ++t) {
            if (slot[t] < 0) continue;
            float* row = to + slot[t] * chunks_ * lanes * channels;
            for (int64_t k = 0; k < ks; ++k) row[k] = from[k * job_.out_step + t];
          }
        }
      }
    });
  }

  void run(int64_t block, int64_t part, float* x) const {
    const int64_t n = block / bands_ * images_, first = block % bands_ * band_rows_;
    const int64_t images = std::min(images_, job_.N - n),
                  rows = std::min(band_rows_, job_.h.count - first);
    lay(n, images, first, rows, x);
    float* y = x + x_floats_;
    int32_t *place = reinterpret_cast<int32_t*>(y + y_floats_),
            *to = place + images_ * band_rows_ * job_.w.count;
    const float* w = packed_;
    const int32_t* offset = offset_;
    for (int64_t p = 0; p < job_.n_passes; ++p) {
      const Pass& pass = job_.passes[p];
      const int64_t windows = find(pass, images, first, rows, place, to);
      const Terms terms{pass.n * chunks_, offset};
      for (int64_t i = panels_ * part / parts_; i < panels_ * (part + 1) / parts_; ++i) {
        best_.correlate(terms, x, place, windows, w + i * panel_floats_,
                        bias_ + i * best_.channels, y);
        land(y, to, windows, i, job_.y + n * job_.K * job_.y_plane);
      }
      offset += terms.count;
      w += terms.count * best_.lanes * best_.channels;
    }
  }

  void lay(int64_t n, int64_t images, int64_t first, int64_t rows, float* to) const {
    const int64_t plane = job_.rows * job_.columns, lanes = best_.lanes;
    for (int64_t i = 0; i < images; ++i) {
      for (int64_t q = 0; q < chunks_; ++q, to += chunk_floats_) {
        best_outer().lay(job_.x + ((n + i) * job_.C + q * lanes) * plane, job_.rows,
                         job_.columns, std::min(lanes, job_.C - q * lanes),
                         first * job_.h.step + job_.h.first, job_.w.first,
                         job_.h.seen(rows), width_, to);
      }
    }
  }

  // The windows of a pass in this band: where they begin in the buffer, and where their
  // results belong, from the first image's y on.
  int64_t find(const Pass& pass, int64_t images, int64_t first, int64_t rows,
               int32_t* place, int32_t* to) const {
    const int64_t begin = std::max(first, pass.row),
                  end = std::min(first + rows, pass.row + pass.rows);
    int64_t windows = 0;
    for (int64_t g = 0; g < images; ++g) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t x_row = (i - first) * job_.h.step * width_,
                      y_row = pass.y_offset + (i - pass.row) * pass.y_row;
        for (int64_t j = 0; j < pass.columns; ++j) {
          place[windows] = int32_t(g * chunks_ * chunk_floats_ +
                                   (x_row + (pass.column + j) * job_.w.step) * best_.lanes);
          to[windows++] = int32_t(g * job_.K * job_.y_plane + y_row + j * pass.y_column);
        }
      }
    }
    return windows;
  }

  void land(const float* from, const int32_t* to, int64_t windows, int64_t panel,
            float* y) const {
    const int64_t k = panel * best_.channels;
    for (int64_t i = 0; i < std::min(best_.channels, job_.K - k); ++i) {
      float* channel = y + (k + i) * job_.y_plane;
      for (int64_t f = 0; f < windows; ++f) {
        const float value = from[f * best_.channels + i];
        channel[to[f]] = job_.add ? channel[to[f]] + value : value;
      }
    }
  }

  const Job& job_;
  const Blocked& best_;
  int64_t chunks_, panels_, width_;
  int64_t band_rows_ = 1, bands_ = 1, images_ = 1, parts_ = 1;
  int64_t chunk_floats_ = 0, panel_floats_ = 0, x_floats_ = 0, y_floats_ = 0;
  float *packed_ = nullptr, *bias_ = nullptr;
  int32_t* offset_ = nullptr;
};

}  // namespace

bool blocked_pays(const ConvShape& s) {
  for (const ConvAxis& a : {s.h, s.w}) {
    if (a.stride > a.span() + 1) return false;  // places that no window sees
  }
  const bool apart = s.h.stride > 1 || s.w.stride > 1,
             few = s.y_plane() < 9;  // they would fill half a vector, or half a tile
  return s.many_channels() && s.taps() > 1 && (apart || few);
}

void blocked_forward(const Call& c, const ConvShape& s) {
  auto windows = [](const ConvAxis& a) {
    return WindowAxis{a.windows, a.stride, -a.padding, a.span() + 1};
  };
  const WindowAxis h = windows(s.h), w = windows(s.w);
  Tap* taps = c.scratch<Tap>(s.taps());
  Pass pass{.taps = taps,
            .n = 0,
            .row = 0,
            .column = 0,
            .rows = s.h.windows,
            .columns = s.w.windows,
            .y_offset = 0,
            .y_row = s.w.windows,
            .y_column = 1};
  for (int64_t t = 0; t < s.taps(); ++t) {
    const Tap tap{t, t / s.w.taps * s.h.dilation, t % s.w.taps * s.w.dilation};
    if (h.sees(tap.row, s.h.size) && w.sees(tap.column, s.w.size)) taps[pass.n++] = tap;
  }
  Correlation(c, {.x = c.in<float>(ConvShape::input),
                  .N = s.N,
                  .C = s.C,
                  .rows = s.h.size,
                  .columns = s.w.size,
                  .h = h,
                  .w = w,
                  .weights = c.in<float>(ConvShape::weight),
                  .out_step = s.J(),
                  .in_step = s.taps(),
                  .taps = s.taps(),
                  .y = c.out<float>(0),
                  .K = s.K,
                  .y_plane = s.y_plane(),
                  .bias = c.given(ConvShape::bias) ? c.in<float>(ConvShape::bias) : nullptr,
                  .passes = &pass,
                  .n_passes = 1});
}

// A window of dy for each place of a phase of x: GradientAxis.
void blocked_backward_input(const Call& c, const ConvShape& s) {
  const GradientAxis h(s.h), w(s.w);
  auto windows = [](const GradientAxis& g) {
    return WindowAxis{g.places(), 1, g.first - g.reach, g.reach + 1};
  };
  const WindowAxis of_h = windows(h), of_w = windows(w);
  Tap* taps = c.scratch<Tap>(s.taps());
  Pass* passes = c.scratch<Pass>(s.h.stride * s.w.stride);
  int64_t n = 0;
  for (int64_t a = 0; a < s.h.stride; ++a) {
    for (int64_t b = 0; b < s.w.stride; ++b) {
      const int64_t rows = h.places_of(a), columns = w.places_of(b);
      if (rows <= 0 || columns <= 0) continue;
      Pass& pass = passes[n++] = {.taps = taps,
                                  .n = 0,
                                  .row = h.first_of(a) - h.first,
                                  .column = w.first_of(b) - w.first,
                                  .rows = rows,
                                  .columns = columns,
                                  .y_offset = h.start_of(a) * s.w.size + w.start_of(b),
                                  .y_row = s.h.stride * s.w.size,
                                  .y_column = s.w.stride};
      for (int64_t t = 0; t < s.taps(); ++t) {
        const int64_t r = t / s.w.taps, q = t % s.w.taps;
        if (!h.in_phase(r, a) || !w.in_phase(q, b)) continue;
        const Tap tap{t, h.shift(r), w.shift(q)};
        if (of_h.sees(tap.row, s.h.windows) && of_w.sees(tap.column, s.w.windows)) {
          taps[pass.n++] = tap;
        }
      }
      taps += pass.n;
    }
  }
  Correlation(c, {.x = c.dout<float>(0),
                  .N = s.N,
                  .C = s.K,
                  .rows = s.h.windows,
                  .columns = s.w.windows,
                  .h = of_h,
                  .w = of_w,
                  .weights = c.in<float>(ConvShape::weight),
                  .out_step = s.taps(),
                  .in_step = s.J(),
                  .taps = s.taps(),
                  .y = c.din<float>(ConvShape::input),
                  .K = s.C,
                  .y_plane = s.x_plane(),
                  .add = c.adds(ConvShape::input),
                  .passes = passes,
                  .n_passes = n});
}

}  // namespace hg::fastcpu
