/* A table of attributes with every mistake it can have. */
#include "good.h"

#define ATTR(...) {sizeof(hg_attr), __VA_ARGS__}
#define NONE {HG_NONE, 0, {0}}
#define INT(x) {HG_INT, 0, {x}}

static const hg_attr twice_1 = ATTR(HG_INT, "twice", "", NULL, INT(1), NONE, NONE);
static const hg_attr twice_2 = ATTR(HG_INT, "twice", "", NULL, INT(1), NONE, NONE);
static const hg_attr nameless = ATTR(HG_INT, NULL, "", NULL, INT(1), NONE, NONE);
static const hg_attr kind = ATTR(17, "kind", "", NULL, INT(1), NONE, NONE);
static const hg_attr mixed = ATTR(HG_STRING, "mixed", "", NULL, INT(1), NONE, NONE);
static const hg_attr low = ATTR(HG_INT, "low", "", NULL, INT(-1), INT(0), NONE);
static const hg_attr high = ATTR(HG_INT, "high", "", NULL, INT(10), NONE, INT(9));
static const hg_attr choice =
    ATTR(HG_STRING, "choice", "", "mean|sum", {HG_STRING, 3, {.s = "max"}}, NONE, NONE);
static const hg_attr small = {8, HG_INT, "small", "", NULL, INT(1), NONE, NONE};
static const hg_attr *const attrs[] = {&twice_1, &twice_2, &nameless, &kind,  &mixed,
                                       &low,     &high,    &choice,   &small, NULL};
static hg_op op, no_table;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "attributes");
  op = good_op("attributes.twice");
  op.n_attr = sizeof attrs / sizeof attrs[0];
  op.attrs = attrs;
  no_table = good_op("attributes.no_table");
  no_table.n_attr = 1;
  host->add(host, "op/1", &op);
  host->add(host, "op/1", &no_table);
  return HG_OK;
}
