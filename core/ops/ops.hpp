// The core's operators, one function a file; each describes its operators and kernels.
#pragma once

#include "handgrad_plugin.hpp"
#include "host/dispatch.hpp"

namespace hg::plugin {
template <> struct TypeName<Half> { static constexpr const char* value = "f16"; };
template <> struct TypeName<BFloat16> { static constexpr const char* value = "bf16"; };
}  // namespace hg::plugin

namespace hg::ops {

// element by element
void describe_add(plugin::Plugin& p);
void describe_clamp(plugin::Plugin& p);
void describe_compare(plugin::Plugin& p);
void describe_copy(plugin::Plugin& p);
void describe_div(plugin::Plugin& p);
void describe_elu(plugin::Plugin& p);
void describe_erf(plugin::Plugin& p);
void describe_exp(plugin::Plugin& p);
void describe_gelu(plugin::Plugin& p);
void describe_hardtanh(plugin::Plugin& p);
void describe_leaky_relu(plugin::Plugin& p);
void describe_logic(plugin::Plugin& p);
void describe_maximum(plugin::Plugin& p);
void describe_mul(plugin::Plugin& p);
void describe_pow(plugin::Plugin& p);
void describe_prelu(plugin::Plugin& p);
void describe_relu(plugin::Plugin& p);
void describe_remainder(plugin::Plugin& p);
void describe_round(plugin::Plugin& p);
void describe_sigmoid(plugin::Plugin& p);
void describe_sign(plugin::Plugin& p);
void describe_silu(plugin::Plugin& p);
void describe_sin(plugin::Plugin& p);
void describe_softplus(plugin::Plugin& p);
void describe_sqrt(plugin::Plugin& p);
void describe_swiglu(plugin::Plugin& p);
void describe_where(plugin::Plugin& p);

// views
void describe_strided(plugin::Plugin& p);
void describe_views(plugin::Plugin& p);

// reductions
void describe_all_any(plugin::Plugin& p);
void describe_argmax(plugin::Plugin& p);
void describe_cumprod(plugin::Plugin& p);
void describe_cumsum(plugin::Plugin& p);
void describe_logsumexp(plugin::Plugin& p);
void describe_max(plugin::Plugin& p);
void describe_norm(plugin::Plugin& p);
void describe_prod(plugin::Plugin& p);
void describe_sum(plugin::Plugin& p);
void describe_var(plugin::Plugin& p);

// products and equations
void describe_bilinear(plugin::Plugin& p);
void describe_det(plugin::Plugin& p);
void describe_inv(plugin::Plugin& p);
void describe_linear(plugin::Plugin& p);
void describe_lstsq(plugin::Plugin& p);
void describe_matmul(plugin::Plugin& p);
void describe_outer(plugin::Plugin& p);
void describe_qr(plugin::Plugin& p);
void describe_rfft(plugin::Plugin& p);
void describe_solve(plugin::Plugin& p);

// joining and choosing
void describe_cat(plugin::Plugin& p);
void describe_embedding(plugin::Plugin& p);
void describe_flip(plugin::Plugin& p);
void describe_gather(plugin::Plugin& p);
void describe_index(plugin::Plugin& p);
void describe_index_put(plugin::Plugin& p);
void describe_index_select(plugin::Plugin& p);
void describe_masked_fill(plugin::Plugin& p);
void describe_nonzero(plugin::Plugin& p);
void describe_one_hot(plugin::Plugin& p);
void describe_pad(plugin::Plugin& p);
void describe_roll(plugin::Plugin& p);
void describe_scatter(plugin::Plugin& p);
void describe_sort(plugin::Plugin& p);
void describe_topk(plugin::Plugin& p);
void describe_triangle(plugin::Plugin& p);

// layers
void describe_batch_norm(plugin::Plugin& p);
void describe_dropout(plugin::Plugin& p);
void describe_group_norm(plugin::Plugin& p);
void describe_layer_norm(plugin::Plugin& p);
void describe_local_response_norm(plugin::Plugin& p);

// over images and other grids
void describe_adaptive_avg_pool(plugin::Plugin& p);
void describe_adaptive_max_pool(plugin::Plugin& p);
void describe_avg_pool(plugin::Plugin& p);
void describe_channel_pool(plugin::Plugin& p);
void describe_conv(plugin::Plugin& p);
void describe_conv_transpose(plugin::Plugin& p);
void describe_im2col(plugin::Plugin& p);
void describe_interpolate(plugin::Plugin& p);
void describe_max_pool(plugin::Plugin& p);
void describe_max_unpool(plugin::Plugin& p);
void describe_pixel_shuffle(plugin::Plugin& p);

}  // namespace hg::ops
