// The host's side of kernels/winograd.hpp: which tiles are in the making at a time, and how
// the threads share them.
#include "winograd.hpp"

#include <algorithm>

#include "kernels/outer.hpp"
#include "kernels/winograd.hpp"
#include "slices.hpp"

namespace hg::fastcpu {
namespace {

// So many tiles are in the making at a time, if there are: enough that the weights, which
// pass by from the L3 cache, are used 64 times each; few enough that tiles and sums of a
// panel of channels stay in the L2 cache.
constexpr int64_t block_tiles = 64;

// ---- tiles -----------------------------------------------------------------------------

// An image's windows (P,Q), four by four. Blocks are whole images, or some rows of tiles of
// one image.
class Tiling {
 public:
  Tiling(int64_t N, int64_t P, int64_t Q)
      : N_(N), rows_(ceil_div(P, 4)), columns_(ceil_div(Q, 4)) {
    images_ = std::clamp<int64_t>(block_tiles / (rows_ * columns_), 1, N);
    band_rows_ = images_ > 1 || rows_ * columns_ <= block_tiles
                   ? rows_
                   : std::max<int64_t>(1, block_tiles / columns_);
  }
  int64_t blocks() const { return ceil_div(N_, images_) * bands(); }
  int64_t most_tiles() const { return images_ * band_rows_ * columns_; }
  int64_t all_tiles() const { return N_ * rows_ * columns_; }
  int64_t tiles(int64_t block) const {
    int64_t n = 0;
    each_band(block, {},
              [&](int64_t, const TileBand& t, int64_t) { n += t.rows * t.columns; });
    return n;
  }
  // Calls body(n, band, number of its first tile in the block); image says the sizes.
  template <class Body>
  void each_band(int64_t block, TileBand image, const Body& body) const {
    const int64_t n = block / bands() * images_;
    image.first = block % bands() * band_rows_;
    image.rows = std::min(band_rows_, rows_ - image.first);
    image.columns = columns_;
    const int64_t end = std::min(N_, n + images_);
    for (int64_t i = n; i < end; ++i) body(i, image, (i - n) * image.rows * columns_);
  }

 private:
  int64_t bands() const { return ceil_div(rows_, band_rows_); }
  int64_t N_, rows_, columns_, images_, band_rows_;
};

// Room for `chunks` chunks of channels of a block of tiles. An odd number of cache lines
// from point to point keeps the 36 out of each other's way in the cache.
struct Room {
  Room(int64_t chunks, int64_t tiles, int64_t lanes)
      : chunk(tiles * lanes), step((chunks * tiles | 1) * lanes), floats(36 * step) {}
  AtPoints at(float* p) const { return {p, step, chunk}; }
  int64_t chunk, step, floats;
};

// ---- forward, and backward by input ----------------------------------------------------

// y (N,K,P,Q) from x (N,C,H,W), kernels (k,c) at w + k*k_step + c*c_step.
struct Plane {
  int64_t H, W;
};
struct Job {
  const float* x;
  int64_t N, C;
  Plane x_size;
  int64_t top, left;
  const float* w;
  int64_t k_step, c_step;
  bool turned;
  float* y;
  int64_t K;
  Plane y_size;
  const float* bias;
  Store how;
  int64_t stretch;  // of channels that are summed in one go
};

class Correlation {
 public:
  Correlation(const Call& c, const Job& job)
      : c_(c),
        job_(job),
        tiling_(job.N, job.y_size.H, job.y_size.W),
        chunks_(ceil_div(job.C, best_.lanes)),
        panels_(ceil_div(job.K, best_.panel)),
        v_room_(chunks_, tiling_.most_tiles(), best_.lanes),
        m_room_(best_.panel / best_.lanes, tiling_.most_tiles(), best_.lanes),
        panel_floats_(36 * chunks_ * best_.lanes * best_.panel) {
    TileBand x = x_band(), y = y_band();
    x.rows = y.rows = tiling_.most_tiles();  // more than there are
    tiling_.each_band(0, x, [&](int64_t, const TileBand& t, int64_t) {
      between_ = round_up(best_.between(t), 16);
    });
    tiling_.each_band(0, y, [&](int64_t, const TileBand& t, int64_t) {
      between_ = std::max(between_, round_up(best_.between(t), 16));
    });
    // What is smaller is kept: the tiles' numbers, or the weights'.
    if (tiling_.all_tiles() < job.K)
      keep_tiles();
    else
      keep_weights();
  }

 private:
  TileBand x_band() const {
    return {job_.x_size.H,
            job_.x_size.W,
            job_.top + skipped(job_.y_size.H),
            job_.left + skipped(job_.y_size.W),
            0,
            0,
            0};
  }
  TileBand y_band() const {
    return {job_.y_size.H,
            job_.y_size.W,
            skipped(job_.y_size.H),
            skipped(job_.y_size.W),
            0,
            0,
            0};
  }
  // One or two results are computed as the second and third of a tile, the accurate ones.
  static int64_t skipped(int64_t results) { return results <= 2 ? 1 : 0; }

  void weights(int64_t panel, float* u) const {
    const int64_t k = panel * best_.panel, n = std::min(best_.panel, job_.K - k);
    best_.weights(job_.w + k * job_.k_step, job_.k_step, job_.c_step, job_.turned, n,
                  job_.C, chunks_ * best_.lanes, u);
  }
  void input(int64_t block, int64_t chunk, float* between, float* v) const {
    const int64_t c = chunk * best_.lanes, plane = job_.x_size.H * job_.x_size.W;
    tiling_.each_band(block, x_band(), [&](int64_t n, const TileBand& t, int64_t first) {
      best_.input(t, job_.x + (n * job_.C + c) * plane, std::min(best_.lanes, job_.C - c),
                  between, v_room_.at(v + chunk * v_room_.chunk + first * best_.lanes));
    });
  }
  void panel(int64_t block, int64_t panel, float* v, const float* u, float* between,
             float* m) const {
    const int64_t first_k = panel * best_.panel,
                  end_k = std::min(job_.K, first_k + best_.panel),
                  plane = job_.y_size.H * job_.y_size.W;
    best_.multiply(tiling_.tiles(block), chunks_ * best_.lanes, job_.stretch, v_room_.at(v),
                   u, end_k - first_k, m_room_.at(m));
    for (int64_t k = first_k; k < end_k; k += best_.lanes) {
      float* chunk = m + (k - first_k) / best_.lanes * m_room_.chunk;
      tiling_.each_band(block, y_band(), [&](int64_t n, const TileBand& t, int64_t first) {
        best_.output(t, m_room_.at(chunk + first * best_.lanes), between,
                     job_.bias ? job_.bias + k : nullptr, job_.how,
                     job_.y + (n * job_.K + k) * plane, std::min(best_.lanes, end_k - k));
      });
    }
  }

  // Many tiles: all weights first, then block by block.
  void keep_weights() const {
    float* u = c_.scratch<float>(panels_ * panel_floats_);
    c_.parallel(panels_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) weights(p, u + p * panel_floats_);
    });
    const int64_t blocks = tiling_.blocks();
    const int64_t parts = std::min(panels_, ceil_div(least_tasks, blocks));  // of panels
    Slices(c_, blocks * parts)
        .loop(between_ + v_room_.floats + m_room_.floats,
              [&](int64_t begin, int64_t end, float* between) {
                float *v = between + between_, *m = v + v_room_.floats;
                for (int64_t i = begin; i < end; ++i) {
                  const int64_t block = i / parts, part = i % parts;
                  // Threads that share a block prepare its tiles each for themselves.
                  if (part == 0 || i == begin) {
                    for (int64_t q = 0; q < chunks_; ++q) input(block, q, between, v);
                  }
                  for (int64_t p = panels_ * part / parts; p < panels_ * (part + 1) / parts;
                       ++p) {
                    panel(block, p, v, u + p * panel_floats_, between, m);
                  }
                }
              });
  }

  // Few tiles: all of them first, then panel by panel, whose weights are made, used for all
  // tiles, and forgotten before they leave the cache.
  void keep_tiles() const {
    const int64_t blocks = tiling_.blocks();
    float* v = c_.scratch<float>(blocks * v_room_.floats);
    Slices(c_, blocks * chunks_)
        .loop(between_, [&](int64_t begin, int64_t end, float* mine) {
          for (int64_t i = begin; i < end; ++i) {
            input(i / chunks_, i % chunks_, mine, v + i / chunks_ * v_room_.floats);
          }
        });
    Slices(c_, panels_)
        .loop(between_ + panel_floats_ + m_room_.floats,
              [&](int64_t begin, int64_t end, float* between) {
                float *u = between + between_, *m = u + panel_floats_;
                for (int64_t p = begin; p < end; ++p) {
                  weights(p, u);
                  for (int64_t block = 0; block < blocks; ++block) {
                    panel(block, p, v + block * v_room_.floats, u, between, m);
                  }
                }
              });
  }

  const Winograd& best_ = best_winograd();
  const Call& c_;
  const Job& job_;
  const Tiling tiling_;
  const int64_t chunks_, panels_;
  const Room v_room_, m_room_;
  const int64_t panel_floats_;
  int64_t between_ = 0;
};

}  // namespace

bool winograd_pays(const ConvShape& s) {
  for (const ConvAxis& a : {s.h, s.w}) {
    if (a.taps != 3 || a.stride != 1 || a.dilation != 1 || a.padding > 2) return false;
  }
  return s.many_channels();
}

namespace {

// Grids that are too low or too narrow to fill a tile by half.
bool tiny(const ConvShape& s) { return std::min(s.h.windows, s.w.windows) < 3; }

}  // namespace

// The reference adds dx up for each tap first, then the taps: with 16 channels of y its
// error was found to be a quarter of Winograd's.
bool winograd_is_accurate_for_dx(const ConvShape& s) { return s.K >= 32; }
bool winograd_is_accurate_for_dw(const ConvShape& s) { return !tiny(s); }

void winograd_forward(const Call& c, const ConvShape& s) {
  const float* bias = c.given(ConvShape::bias) ? c.in<float>(ConvShape::bias) : nullptr;
  Correlation(c, {c.in<float>(ConvShape::input),
                  s.N,
                  s.C,
                  {s.h.size, s.w.size},
                  s.h.padding,
                  s.w.padding,
                  c.in<float>(ConvShape::weight),
                  s.C * 9,
                  9,
                  false,
                  c.out<float>(0),
                  s.K,
                  {s.h.windows, s.w.windows},
                  bias,
                  store_for(s.N * s.y_image()),
                  tiny(s) ? 16 : 32});
}

// Tap r of window p sees place p + r - padding: place h gathers from windows
// h + padding - r, which is tap 2 - r of a window that begins at h + padding - 2.
void winograd_backward_input(const Call& c, const ConvShape& s) {
  Correlation(c, {c.dout<float>(0),
                  s.N,
                  s.K,
                  {s.h.windows, s.w.windows},
                  2 - s.h.padding,
                  2 - s.w.padding,
                  c.in<float>(ConvShape::weight),
                  9,
                  s.C * 9,
                  true,
                  c.din<float>(ConvShape::input),
                  s.C,
                  {s.h.size, s.w.size},
                  nullptr,
                  c.adds(ConvShape::input) ? Store::add : Store::plain,
                  s.K <= 32 || tiny(s) ? 8
                  : s.K <= 64          ? 16
                                       : 32});
}

void winograd_backward_weight(const Call& c, const ConvShape& s) {
  const Winograd& best = best_winograd();
  const Tiling tiling(s.N, s.h.windows, s.w.windows);
  const int64_t C_chunks = ceil_div(s.C, best.lanes), K_chunks = ceil_div(s.K, best.lanes),
                chunks = C_chunks + K_chunks, C = C_chunks * best.lanes,
                K = K_chunks * best.lanes;
  const Room v_room(C_chunks, tiling.most_tiles(), best.lanes),
      m_room(K_chunks, tiling.most_tiles(), best.lanes);
  // As many blocks at once as the L3 cache holds beside du; first all are brought to the
  // points, by blocks and channels, then multiplied, by points.
  constexpr int64_t at_once = 3 << 19;  // floats
  const int64_t blocks = tiling.blocks(), floats = v_room.floats + m_room.floats;
  const int64_t some = std::clamp<int64_t>(at_once / floats, 1, blocks);
  float* du = c.scratch<float>(36 * C * K);
  float* made = c.scratch<float>(some * floats);
  const float *x = c.in<float>(ConvShape::input), *dy = c.dout<float>(0);
  const TileBand of_x{s.h.size, s.w.size, s.h.padding, s.w.padding, 0, 0, 0},
      of_dy{s.h.windows, s.w.windows, 0, 0, 0, 0, 0};
  int64_t between = 0;
  tiling.each_band(0, of_x,
                   [&](int64_t, const TileBand& t, int64_t) { between = best.between(t); });
  for (int64_t first = 0; first < blocks; first += some) {
    const int64_t n = std::min(some, blocks - first);
    Slices(c, n * chunks).loop(between, [&](int64_t begin, int64_t end, float* mine) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t block = i / chunks, q = i % chunks;
        float *v = made + block * floats, *m = v + v_room.floats;
        if (q < C_chunks) {
          const int64_t k = q * best.lanes;
          tiling.each_band(
              first + block, of_x, [&](int64_t image, const TileBand& t, int64_t tile) {
                best.input(t, x + (image * s.C + k) * s.x_plane(),
                           std::min(best.lanes, s.C - k), mine,
                           v_room.at(v + q * v_room.chunk + tile * best.lanes));
              });
        } else {
          const int64_t k = (q - C_chunks) * best.lanes;
          tiling.each_band(
              first + block, of_dy, [&](int64_t image, const TileBand& t, int64_t tile) {
                best.gradient(
                    t, dy + (image * s.K + k) * s.y_plane(), std::min(best.lanes, s.K - k),
                    mine, m_room.at(m + (q - C_chunks) * m_room.chunk + tile * best.lanes));
              });
        }
      }
    });
    c.parallel(36, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        for (int64_t block = 0; block < n; ++block) {
          const float *v = made + block * floats, *m = v + v_room.floats;
          const Walk walk{1, 1, tiling.tiles(first + block), 0, 0, best.lanes, 0};
          best_outer().outer(walk, v + p * v_room.step, v_room.chunk, C,
                             m + p * m_room.step, m_room.chunk, K, first + block > 0,
                             du + p * C * K);
        }
      }
    });
  }
  float* dw = c.din<float>(ConvShape::weight);
  c.parallel(s.C, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t k = 0; k < s.K; k += best.lanes) {
        best.weights_gradient(du + i * K + k, C * K, std::min(best.lanes, s.K - k), s.C * 9,
                              c.adds(ConvShape::weight), dw + (k * s.C + i) * 9);
      }
    }
  });
}

}  // namespace hg::fastcpu
