// The plugin "optim": one file an optimizer.
#include "optim.hpp"

void describe_sgd(hg::plugin::Plugin& plugin);

HANDGRAD_PLUGIN("optim", "1.0.0", "optimizers") {
  describe_sgd(plugin);
}
