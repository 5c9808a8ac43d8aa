// The plugin "optim": one file an optimizer. To read in this order.
#include "optim.hpp"

void describe_sgd(hg::plugin::Plugin& plugin);
void describe_adagrad(hg::plugin::Plugin& plugin);
void describe_rmsprop(hg::plugin::Plugin& plugin);
void describe_adadelta(hg::plugin::Plugin& plugin);
void describe_adam(hg::plugin::Plugin& plugin);
void describe_adamw(hg::plugin::Plugin& plugin);
void describe_nadam(hg::plugin::Plugin& plugin);
void describe_yogi(hg::plugin::Plugin& plugin);
void describe_lbfgs(hg::plugin::Plugin& plugin);

HANDGRAD_PLUGIN("optim", "1.0.0", "optimizers") {
  describe_sgd(plugin);
  describe_adagrad(plugin);
  describe_rmsprop(plugin);
  describe_adadelta(plugin);
  describe_adam(plugin);
  describe_adamw(plugin);
  describe_nadam(plugin);
  describe_yogi(plugin);
  describe_lbfgs(plugin);
}
