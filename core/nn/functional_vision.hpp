// Functions over grids: sequences (N, C, L), images (N, C, H, W) and volumes (N, C, D, H,
// W). N samples with C channels each; without N it is one sample, and the result has no N
// either. Settings are one number, or one for each axis of the grid. Formulas and
// derivatives: core/ops/, one file each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/per_axis.hpp"
#include "tensor/tensor.hpp"

namespace hg::nn::functional {

// ---- convolution ------------------------------------------------------------------------

/// Cross-correlation of x (N, C, ...) with weight (K, C/groups, kernel...), plus bias (K):
/// (N, K, ...), each size floor((size + 2 padding - dilation (kernel-1) - 1)/stride) + 1.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const PerAxis& stride = 1, const Padding& padding = 0,
              const PerAxis& dilation = 1, int64_t groups = 1);
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const PerAxis& stride = 1, const Padding& padding = 0,
              const PerAxis& dilation = 1, int64_t groups = 1);
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const PerAxis& stride = 1, const Padding& padding = 0,
              const PerAxis& dilation = 1, int64_t groups = 1);

/// The gradient of a convolution with respect to its input, as a layer of its own: it makes
/// grids larger. x (N, C, ...), weight (C, K/groups, kernel...), bias (K): (N, K, ...),
/// each size (size-1) stride - 2 padding + dilation (kernel-1) + output_padding + 1.
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const PerAxis& stride = 1, const PerAxis& padding = 0,
                        const PerAxis& output_padding = 0, int64_t groups = 1,
                        const PerAxis& dilation = 1);
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const PerAxis& stride = 1, const PerAxis& padding = 0,
                        const PerAxis& output_padding = 0, int64_t groups = 1,
                        const PerAxis& dilation = 1);
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const PerAxis& stride = 1, const PerAxis& padding = 0,
                        const PerAxis& output_padding = 0, int64_t groups = 1,
                        const PerAxis& dilation = 1);

/// im2col: the windows of x (N, C, H, W) as columns, (N, C*kh*kw, number of windows).
Tensor unfold(const Tensor& x, const PerAxis& kernel_size, const PerAxis& dilation = 1,
              const PerAxis& padding = 0, const PerAxis& stride = 1);
/// col2im: columns (N, C*kh*kw, windows) added up where they came from, (N, C, H, W).
Tensor fold(const Tensor& x, const PerAxis& output_size, const PerAxis& kernel_size,
            const PerAxis& dilation = 1, const PerAxis& padding = 0,
            const PerAxis& stride = 1);

// ---- pooling ----------------------------------------------------------------------------
// A stride that is not given is the kernel's size. With ceil_mode a last window may hang
// over the edge, if it starts inside.

/// The largest element of each window. Padding counts as minus infinity.
Tensor max_pool1d(const Tensor& x, const PerAxis& kernel_size, const PerAxis& stride = {},
                  const PerAxis& padding = 0, const PerAxis& dilation = 1,
                  bool ceil_mode = false);
Tensor max_pool2d(const Tensor& x, const PerAxis& kernel_size, const PerAxis& stride = {},
                  const PerAxis& padding = 0, const PerAxis& dilation = 1,
                  bool ceil_mode = false);
Tensor max_pool3d(const Tensor& x, const PerAxis& kernel_size, const PerAxis& stride = {},
                  const PerAxis& padding = 0, const PerAxis& dilation = 1,
                  bool ceil_mode = false);
/// With the places: indices (i64) into the flattened grid of each channel.
ValuesIndices max_pool1d_with_indices(const Tensor& x, const PerAxis& kernel_size,
                                      const PerAxis& stride = {},
                                      const PerAxis& padding = 0,
                                      const PerAxis& dilation = 1, bool ceil_mode = false);
ValuesIndices max_pool2d_with_indices(const Tensor& x, const PerAxis& kernel_size,
                                      const PerAxis& stride = {},
                                      const PerAxis& padding = 0,
                                      const PerAxis& dilation = 1, bool ceil_mode = false);
ValuesIndices max_pool3d_with_indices(const Tensor& x, const PerAxis& kernel_size,
                                      const PerAxis& stride = {},
                                      const PerAxis& padding = 0,
                                      const PerAxis& dilation = 1, bool ceil_mode = false);
/// Puts x back where max_pool found it, zeros elsewhere. output_size, the grid's, settles
/// which of the sizes that pool to x's is meant.
Tensor max_unpool1d(const Tensor& x, const Tensor& indices, const PerAxis& kernel_size,
                    const PerAxis& stride = {}, const PerAxis& padding = 0,
                    const PerAxis& output_size = {});
Tensor max_unpool2d(const Tensor& x, const Tensor& indices, const PerAxis& kernel_size,
                    const PerAxis& stride = {}, const PerAxis& padding = 0,
                    const PerAxis& output_size = {});
Tensor max_unpool3d(const Tensor& x, const Tensor& indices, const PerAxis& kernel_size,
                    const PerAxis& stride = {}, const PerAxis& padding = 0,
                    const PerAxis& output_size = {});

/// The mean of each window. Zeros of the padding count if count_include_pad;
/// divisor_override divides the sum by something else.
Tensor avg_pool1d(const Tensor& x, const PerAxis& kernel_size, const PerAxis& stride = {},
                  const PerAxis& padding = 0, bool ceil_mode = false,
                  bool count_include_pad = true);
Tensor avg_pool2d(const Tensor& x, const PerAxis& kernel_size, const PerAxis& stride = {},
                  const PerAxis& padding = 0, bool ceil_mode = false,
                  bool count_include_pad = true,
                  std::optional<int64_t> divisor_override = {});
Tensor avg_pool3d(const Tensor& x, const PerAxis& kernel_size, const PerAxis& stride = {},
                  const PerAxis& padding = 0, bool ceil_mode = false,
                  bool count_include_pad = true,
                  std::optional<int64_t> divisor_override = {});

/// Windows chosen so that the grid comes out with output_size; they may overlap. -1 keeps
/// the size of that axis.
Tensor adaptive_avg_pool1d(const Tensor& x, const PerAxis& output_size);
Tensor adaptive_avg_pool2d(const Tensor& x, const PerAxis& output_size);
Tensor adaptive_avg_pool3d(const Tensor& x, const PerAxis& output_size);
Tensor adaptive_max_pool1d(const Tensor& x, const PerAxis& output_size);
Tensor adaptive_max_pool2d(const Tensor& x, const PerAxis& output_size);
Tensor adaptive_max_pool3d(const Tensor& x, const PerAxis& output_size);
ValuesIndices adaptive_max_pool1d_with_indices(const Tensor& x, const PerAxis& output_size);
ValuesIndices adaptive_max_pool2d_with_indices(const Tensor& x, const PerAxis& output_size);
ValuesIndices adaptive_max_pool3d_with_indices(const Tensor& x, const PerAxis& output_size);

/// Pools across channels instead of places: of every kernel_size neighbouring channels of
/// x (N, C, ...) the largest ("max") or the mean ("avg"): (N, (C - kernel_size)/stride + 1,
/// ...). A stride that is not given is kernel_size. The grid stays as it is.
Tensor channel_pool(const Tensor& x, int64_t kernel_size,
                    std::optional<int64_t> stride = {}, const std::string& mode = "max");

// ---- other sizes ------------------------------------------------------------------------

/// x (N, C, ...) with another grid: `size`, or the sizes times scale_factor. mode is
/// "nearest", "nearest-exact", "linear" (of sequences), "bilinear" (of images),
/// "trilinear", "bicubic" (of images) or "area". With align_corners the outermost values
/// stay in the corners; it is for the linear and cubic modes.
Tensor interpolate(const Tensor& x, const PerAxis& size = {},
                   const std::vector<double>& scale_factor = {},
                   const std::string& mode = "nearest",
                   std::optional<bool> align_corners = {});
/// (N, C r^2, H, W) -> (N, C, H r, W r): channels become places.
Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor);
/// (N, C, H r, W r) -> (N, C r^2, H, W): the way back.
Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor);

}  // namespace hg::nn::functional
