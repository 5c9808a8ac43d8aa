// The core as a plugin: its entry function is the one that any plugin has.
#include "ops/loss.hpp"
#include "ops/ops.hpp"

namespace hg {

int32_t core_entry(const hg_host* host, hg_plugin* me) {
  return plugin::enter(host, me, "core", "1.0.0", "the operators of handgrad itself",
                       [](plugin::Plugin& p) {
                         ops::describe_add(p);
                         ops::describe_clamp(p);
                         ops::describe_compare(p);
                         ops::describe_copy(p);
                         ops::describe_div(p);
                         ops::describe_elu(p);
                         ops::describe_erf(p);
                         ops::describe_exp(p);
                         ops::describe_gelu(p);
                         ops::describe_hardtanh(p);
                         ops::describe_leaky_relu(p);
                         ops::describe_logic(p);
                         ops::describe_maximum(p);
                         ops::describe_mul(p);
                         ops::describe_pow(p);
                         ops::describe_prelu(p);
                         ops::describe_relu(p);
                         ops::describe_remainder(p);
                         ops::describe_round(p);
                         ops::describe_sigmoid(p);
                         ops::describe_sign(p);
                         ops::describe_silu(p);
                         ops::describe_sin(p);
                         ops::describe_softplus(p);
                         ops::describe_sqrt(p);
                         ops::describe_swiglu(p);
                         ops::describe_where(p);
                         ops::describe_strided(p);
                         ops::describe_views(p);
                         ops::describe_all_any(p);
                         ops::describe_argmax(p);
                         ops::describe_cumprod(p);
                         ops::describe_cumsum(p);
                         ops::describe_logsumexp(p);
                         ops::describe_max(p);
                         ops::describe_norm(p);
                         ops::describe_prod(p);
                         ops::describe_sum(p);
                         ops::describe_var(p);
                         ops::describe_bilinear(p);
                         ops::describe_det(p);
                         ops::describe_inv(p);
                         ops::describe_linear(p);
                         ops::describe_lstsq(p);
                         ops::describe_matmul(p);
                         ops::describe_outer(p);
                         ops::describe_qr(p);
                         ops::describe_rfft(p);
                         ops::describe_solve(p);
                         ops::describe_cat(p);
                         ops::describe_embedding(p);
                         ops::describe_flip(p);
                         ops::describe_gather(p);
                         ops::describe_index(p);
                         ops::describe_index_put(p);
                         ops::describe_index_select(p);
                         ops::describe_masked_fill(p);
                         ops::describe_nonzero(p);
                         ops::describe_one_hot(p);
                         ops::describe_pad(p);
                         ops::describe_roll(p);
                         ops::describe_scatter(p);
                         ops::describe_sort(p);
                         ops::describe_topk(p);
                         ops::describe_triangle(p);
                         ops::describe_softmax(p);
                         ops::describe_log_softmax(p);
                         ops::describe_cross_entropy(p);
                         ops::describe_nll_loss(p);
                         ops::describe_pointwise_losses(p);
                         ops::describe_binary_cross_entropy(p);
                         ops::describe_kl_div(p);
                         ops::describe_cosine_similarity(p);
                         ops::describe_batch_norm(p);
                         ops::describe_conv(p);
                         ops::describe_conv_transpose(p);
                         ops::describe_im2col(p);
                         ops::describe_dropout(p);
                         ops::describe_group_norm(p);
                         ops::describe_layer_norm(p);
                         ops::describe_local_response_norm(p);
                         ops::describe_adaptive_avg_pool(p);
                         ops::describe_adaptive_max_pool(p);
                         ops::describe_avg_pool(p);
                         ops::describe_channel_pool(p);
                         ops::describe_interpolate(p);
                         ops::describe_max_pool(p);
                         ops::describe_max_unpool(p);
                         ops::describe_pixel_shuffle(p);
                       });
}

}  // namespace hg
