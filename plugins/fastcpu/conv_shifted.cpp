// The host's side of kernels/conv.hpp: which images share a buffer, where the taps see it,
// and how the threads share the work. Then the three passes, each as such a product.
#include "conv_shifted.hpp"

#include <algorithm>

#include "kernels/conv.hpp"
#include "slices.hpp"

namespace hg::fastcpu {
namespace {

// Floats of the images that a worker holds at a time: a quarter of an L2 cache of 1 MiB.
constexpr int64_t buffer_floats = 1 << 16;

// ---- the buffer ------------------------------------------------------------------------

// How some images lie in a worker's buffer, and how the windows are numbered there.
struct Layout {
  // rows: how many rows of windows there are.
  Layout(const LatticeAxis& h, const LatticeAxis& w, int64_t rows, int64_t columns,
         int64_t channels, int64_t N, int64_t lanes) {
    const int64_t block = h.places * w.places, phases = h.phases * w.phases;
    const int64_t length = (rows - 1) * w.places + columns;
    const int64_t fit = buffer_floats / std::max<int64_t>(1, channels * phases * block);
    images = std::clamp<int64_t>(fit, 1, std::max<int64_t>(1, N / least_tasks));
    // Windows of several images in one run, with what lies between them, or one run each?
    const int64_t together = ceil_div((images - 1) * block + length, lanes),
                  apart = images * ceil_div(length, lanes);
    joined = together < apart;
    image_length = length;
    const int64_t image_pitch = joined ? block : round_up(block, lanes);
    lattice = {h, w, images, image_pitch, pitch_for(phases * images * image_pitch)};
  }
  // Odd multiples of a cache line: channels do not fall upon each other in the cache.
  static int64_t pitch_for(int64_t used) { return (ceil_div(used, 16) | 1) * 16; }

  Runs runs(int64_t present) const {
    const int64_t step = lattice.image_pitch;
    if (joined) return {1, 0, (present - 1) * step + image_length};
    return {present, step, image_length};
  }
  // Where channel c, place (i,j) of phase (a,b) stands.
  int64_t at(int64_t c, int64_t a, int64_t i, int64_t b, int64_t j) const {
    return c * lattice.pitch + (a * lattice.w.phases + b) * images * lattice.image_pitch +
           i * lattice.w.places + j;
  }
  int64_t windows() const { return images * lattice.image_pitch; }

  Lattice lattice;
  int64_t images, image_length;
  bool joined;
};

constexpr int64_t slack = 6 * 16 + 16;  // of floats, behind what is read in whole tiles

// ---- y = w col, for windows of some images ---------------------------------------------

// Sums over taps that all windows share; the results land on a lattice of y. Forward is
// one pass, the gradient of x is one for each phase of x.
struct Pass {
  int64_t J;
  const int32_t *shift, *from;  // of tap j: into the buffer, into the weights
  const float* a;               // weights of all groups, packed
  Landing landing;
  int64_t y_offset;
};

struct Job {
  const float* x;
  int64_t N, groups, channels, x_plane;  // channels of a group of x
  const Layout* layout;
  const float* w;
  int64_t w_group, w_row;  // from group to group, from row of y to row
  int64_t rows, y_plane;   // rows: channels of a group of y
  float* y;
  const float* bias;  // or null
  Pass* passes;
  int64_t n_passes;
};

class Correlation {
 public:
  Correlation(const Call& c, const Job& job)
      : job_(job),
        layout_(*job.layout),
        best_(best_conv()),
        panels_(ceil_div(job.rows, best_.max_rows)),
        chunks_(ceil_div(job.N, layout_.images)) {
    pack(c);
    row_parts_ = std::min(panels_, ceil_div(least_tasks, job.groups * chunks_));
    const int64_t image_floats = job.channels * layout_.lattice.pitch + slack;
    const int64_t c_pitch = round_up(layout_.windows() + slack, 16);
    Slices(c, job.groups * chunks_ * row_parts_)
        .loop(round_up(image_floats, 16) + best_.max_rows * c_pitch,
              [&](int64_t begin, int64_t end, float* slice) {
                for (int64_t t = begin; t < end; ++t) {
                  run(t, slice, slice + round_up(image_floats, 16), c_pitch);
                }
              });
  }

 private:
  // Panels of about equal height, so that none has a single row.
  int64_t first_row(int64_t panel) const { return job_.rows * panel / panels_; }

  void pack(const Call& c) {
    int64_t J = 0;
    for (int64_t p = 0; p < job_.n_passes; ++p) J += job_.passes[p].J;
    float* a = c.scratch<float>(job_.groups * job_.rows * J);
    for (int64_t p = 0; p < job_.n_passes; ++p) {
      Pass& pass = job_.passes[p];
      pass.a = a;
      c.parallel(job_.groups * panels_, std::max<int64_t>(1, 4096 / pass.J),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     const int64_t g = i / panels_, k = first_row(i % panels_);
                     best_.pack(job_.w + g * job_.w_group + k * job_.w_row, job_.w_row,
                                pass.from, pass.J, first_row(i % panels_ + 1) - k,
                                a + (g * job_.rows + k) * pass.J);
                   }
                 });
      a += job_.groups * job_.rows * pass.J;
    }
  }

  void run(int64_t task, float* buffer, float* c, int64_t c_pitch) const {
    const int64_t part = task % row_parts_, chunk = task / row_parts_ % chunks_,
                  group = task / row_parts_ / chunks_;
    const int64_t n = chunk * layout_.images,
                  present = std::min(layout_.images, job_.N - n);
    const int64_t x_image = job_.groups * job_.channels * job_.x_plane,
                  y_image = job_.groups * job_.rows * job_.y_plane;
    best_.spread(layout_.lattice,
                 job_.x + n * x_image + group * job_.channels * job_.x_plane, x_image,
                 present, job_.channels, buffer);
    const Runs runs = layout_.runs(present);
    for (int64_t p = 0; p < job_.n_passes; ++p) {
      const Pass& pass = job_.passes[p];
      Landing landing = pass.landing;
      landing.images = present;
      for (int64_t i = panels_ * part / row_parts_; i < panels_ * (part + 1) / row_parts_;
           ++i) {
        const int64_t k = first_row(i), rows = first_row(i + 1) - k;
        best_.correlate(runs, pass.J, pass.a + (group * job_.rows + k) * pass.J, rows,
                        buffer, pass.shift, c, c_pitch);
        for (int64_t r = 0; r < rows; ++r) {
          const int64_t channel = group * job_.rows + k + r;
          best_.land(landing, c + r * c_pitch, job_.bias ? job_.bias[channel] : 0.0f,
                     job_.y + n * y_image + channel * job_.y_plane + pass.y_offset);
        }
      }
    }
  }

  const Job& job_;
  const Layout& layout_;
  const Conv& best_;
  int64_t panels_, chunks_, row_parts_ = 1;
};

// ---- forward ---------------------------------------------------------------------------

// x as windows see it: in phases, padded.
LatticeAxis seen(const ConvAxis& a) {
  return {a.size, a.stride, a.padding, std::min(a.stride, a.span() + 1),
          a.windows + a.span() / a.stride};
}
Layout layout_of_x(const ConvShape& s) {
  return Layout(seen(s.h), seen(s.w), s.h.windows, s.w.windows, s.C, s.N,
                best_conv().lanes);
}
// Of every weight of a row (c,r,s): where what it meets stands, for window 0.
void shifts_of_x(const ConvShape& s, const Layout& layout, int32_t* shift) {
  for (int64_t c = 0; c < s.C; ++c) {
    for (int64_t r = 0; r < s.h.taps; ++r) {
      for (int64_t t = 0; t < s.w.taps; ++t) {
        const int64_t i = r * s.h.dilation, j = t * s.w.dilation;
        *shift++ = int32_t(
            layout.at(c, i % s.h.stride, i / s.h.stride, j % s.w.stride, j / s.w.stride));
      }
    }
  }
}

}  // namespace

void shifted_forward(const Call& c, const ConvShape& s) {
  const Layout layout = layout_of_x(s);
  const int64_t J = s.J();
  int32_t* shift = c.scratch<int32_t>(2 * J);
  int32_t* from = shift + J;
  shifts_of_x(s, layout, shift);
  for (int64_t j = 0; j < J; ++j) from[j] = int32_t(j);
  Pass pass{J, shift, from, nullptr, {}, 0};
  pass.landing = {layout.images,
                  layout.lattice.image_pitch,
                  layout.lattice.w.places,
                  0,
                  0,
                  s.h.windows,
                  s.w.windows,
                  s.y_image(),
                  s.w.windows,
                  1,
                  store_for(s.N * s.y_image())};
  const float* bias = c.given(ConvShape::bias) ? c.in<float>(ConvShape::bias) : nullptr;
  Correlation(c, {c.in<float>(ConvShape::input), s.N, s.groups, s.C, s.x_plane(), &layout,
                  c.in<float>(ConvShape::weight), s.K * J, J, s.K, s.y_plane(),
                  c.out<float>(0), bias, &pass, 1});
}

namespace {

// ---- backward by input -----------------------------------------------------------------

// dy in the buffer, from window first - reach on.
LatticeAxis seen(const GradientAxis& g) {
  return {g.a.windows, 1, g.reach - g.first, 1, g.places() + g.reach};
}

}  // namespace

void shifted_backward_input(const Call& c, const ConvShape& s) {
  const GradientAxis h(s.h), w(s.w);
  const Layout layout(seen(h), seen(w), h.places(), w.places(), s.K, s.N,
                      best_conv().lanes);
  float* dx = c.din<float>(ConvShape::input);
  const int64_t n_taps = s.K * s.taps(), n_passes = h.phases * w.phases;
  int32_t* shift = c.scratch<int32_t>(2 * n_taps);
  int32_t* from = shift + n_taps;
  Pass* passes = c.scratch<Pass>(n_passes);
  int64_t n = 0;
  bool everywhere = true;  // is there a pass for each place of x?
  for (int64_t a = 0; a < s.h.stride; ++a) {
    for (int64_t b = 0; b < s.w.stride; ++b) {
      int64_t J = 0;
      for (int64_t k = 0; k < s.K; ++k) {
        for (int64_t r = 0; r < s.h.taps; ++r) {
          for (int64_t t = 0; t < s.w.taps; ++t) {
            if (!h.in_phase(r, a) || !w.in_phase(t, b)) continue;
            shift[J] = int32_t(layout.at(k, 0, h.shift(r), 0, w.shift(t)));
            from[J++] = int32_t(k * s.J() + r * s.w.taps + t);
          }
        }
      }
      const int64_t rows = h.places_of(a), columns = w.places_of(b);
      if (rows <= 0 || columns <= 0) continue;
      if (J == 0) {
        everywhere = false;
        continue;
      }
      Pass& pass = passes[n++] = {J, shift, from, nullptr, {}, 0};
      pass.landing = {layout.images,
                      layout.lattice.image_pitch,
                      layout.lattice.w.places,
                      h.first_of(a) - h.first,
                      w.first_of(b) - w.first,
                      rows,
                      columns,
                      s.x_image(),
                      s.h.stride * s.w.size,
                      s.w.stride,
                      c.adds(ConvShape::input) ? Store::add : Store::plain};
      pass.y_offset = h.start_of(a) * s.w.size + w.start_of(b);
      shift += J;
      from += J;
    }
  }
  if (!everywhere && !c.adds(ConvShape::input)) {
    c.parallel(s.N * s.x_image(), elementwise_grain,
               [&](int64_t begin, int64_t end) { std::fill(dx + begin, dx + end, 0.0f); });
  }
  Correlation(c, {c.dout<float>(0), s.N, s.groups, s.K, s.y_plane(), &layout,
                  c.in<float>(ConvShape::weight), s.K * s.J(), s.taps(), s.C, s.x_plane(),
                  dx, nullptr, passes, n});
}

// ---- backward by weight ----------------------------------------------------------------

// dw[k,j] = sum of dy[k,f] col[j,f] over windows f: lanes take every W-th window. The
// images come in parts, which sum for themselves; then the parts are added in their order,
// so that the result does not depend on who did which.
void shifted_backward_weight(const Call& c, const ConvShape& s) {
  const Conv& best = best_conv();
  const int64_t J = s.J(), size = s.groups * s.K * J;
  const int64_t parts = std::clamp<int64_t>((1 << 20) / size, 1, std::min<int64_t>(8, s.N));
  const int64_t row_parts = std::min(s.K, ceil_div(least_tasks, parts * s.groups));
  const int64_t most_rows = ceil_div(s.K, row_parts);
  const Layout layout(seen(s.h), seen(s.w), s.h.windows, s.w.windows,
                      s.C + ceil_div(most_rows, s.h.stride * s.w.stride), s.N, best.lanes);
  int32_t* shift = c.scratch<int32_t>(J);
  shifts_of_x(s, layout, shift);
  Lattice of_dy = layout.lattice;
  of_dy.h = {s.h.windows, 1, 0, 1, layout.lattice.h.places};
  of_dy.w = {s.w.windows, 1, 0, 1, layout.lattice.w.places};
  of_dy.pitch = Layout::pitch_for(layout.windows());

  const float *x = c.in<float>(ConvShape::input), *dy = c.dout<float>(0);
  float* dw = c.din<float>(ConvShape::weight);
  const bool adds = c.adds(ConvShape::weight);
  float* sums = parts > 1 ? c.scratch<float>(parts * size) : dw;
  const int64_t x_floats = round_up(s.C * layout.lattice.pitch + slack, 16);
  Slices(c, s.groups * parts * row_parts)
      .loop(x_floats + most_rows * of_dy.pitch + slack,
            [&](int64_t begin, int64_t end, float* slice) {
              // What lies behind x is read, and multiplied by 0.
              std::fill(slice + s.C * layout.lattice.pitch, slice + x_floats, 0.0f);
              for (int64_t t = begin; t < end; ++t) {
                const int64_t q = t % row_parts, part = t / row_parts % parts,
                              g = t / row_parts / parts;
                const int64_t k = s.K * q / row_parts, rows = s.K * (q + 1) / row_parts - k;
                float* sum = sums + part * (parts > 1 ? size : 0) + (g * s.K + k) * J;
                if (parts > 1 || !adds) std::fill_n(sum, rows * J, 0.0f);
                const int64_t last = s.N * (part + 1) / parts;
                for (int64_t n = s.N * part / parts; n < last; n += layout.images) {
                  const int64_t present = std::min(layout.images, last - n);
                  best.spread(layout.lattice, x + n * s.x_image() + g * s.C * s.x_plane(),
                              s.x_image(), present, s.C, slice);
                  best.spread(of_dy, dy + n * s.y_image() + (g * s.K + k) * s.y_plane(),
                              s.y_image(), present, rows, slice + x_floats);
                  best.dots(layout.runs(present), slice + x_floats, of_dy.pitch, rows,
                            slice, shift, J, sum);
                }
              }
            });
  if (parts == 1) return;
  c.parallel(size, 4096, [&](int64_t begin, int64_t end) {
    best.gather(sums + begin, parts, size, adds, dw + begin, end - begin);
  });
}

}  // namespace hg::fastcpu
