// core/learn without drawings: numbers, scales, terminals, time, progress, bars.
#define BOOST_TEST_MODULE learn
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>

#include "learn/accumulator.hpp"
#include "learn/animator.hpp"
#include "learn/bar.hpp"
#include "learn/live.hpp"
#include "learn/progress.hpp"
#include "learn/scale.hpp"
#include "learn/style.hpp"
#include "learn/terminal.hpp"
#include "learn/timer.hpp"
#include "learn/utf8.hpp"
#include "learn/values.hpp"
#include "support/check.hpp"
#include "support/output.hpp"

using namespace hg;
using namespace hg::learn;
using namespace hg::test;

namespace {

const double nan_value = std::nan("");

std::vector<std::string> labels(const Scale& scale, int about, bool utf8 = true) {
  std::vector<std::string> out;
  for (const Tick& tick : ticks(scale, about, utf8)) {
    if (!tick.label.empty()) out.push_back(tick.label);
  }
  return out;
}

using Strings = std::vector<std::string>;

Terminal terminal_with(bool is_terminal, std::map<std::string, std::string> variables) {
  return describe_terminal(is_terminal, 100, 30, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++n;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_come_from_any_list_of_numbers) {
  const std::vector<float> floats{1.5f, 2};
  const std::vector<int64_t> whole{3, 4};
  const std::vector<bool> bits{true, false};
  const Numbers expected_floats{1.5, 2}, expected_whole{3, 4}, expected_bits{1, 0};
  const Values a = floats, b = whole, c = bits, d = std::span(floats), e = {1, 2};
  BOOST_TEST(Numbers(a.begin(), a.end()) == expected_floats);
  BOOST_TEST(Numbers(b.begin(), b.end()) == expected_whole);
  BOOST_TEST(Numbers(c.begin(), c.end()) == expected_bits);
  BOOST_TEST(Numbers(d.begin(), d.end()) == expected_floats);
  BOOST_TEST(e.size() == 2u);
}

BOOST_AUTO_TEST_CASE(curves_are_one_list_or_several) {
  const std::vector<double> y{1, 2, 3};
  BOOST_TEST(Curves(y).size() == 1u);
  BOOST_TEST(Curves({y, y}).size() == 2u);
  BOOST_TEST(Curves({1, 2, 3}).size() == 1u);
  BOOST_TEST(Curves({1, 2, 3})[0].size() == 3u);
}

// ---- scales ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_linear_scale_maps_its_ends_to_0_and_1) {
  const Scale s(ScaleKind::linear, -2, 6);
  BOOST_TEST(s.place(-2) == 0);
  BOOST_TEST(s.place(6) == 1);
  BOOST_TEST(s.place(0) == 0.25);
  BOOST_TEST(std::isnan(s.place(nan_value)));
  BOOST_TEST(std::isnan(s.place(INFINITY)));
  BOOST_TEST(Scale(ScaleKind::linear, -2, 6, true).place(0) == 0.75);
}

BOOST_AUTO_TEST_CASE(a_log_scale_has_no_place_for_zero_and_below) {
  const Scale s(ScaleKind::log, 0.01, 100);
  BOOST_TEST(s.place(1) == 0.5, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(std::isnan(s.place(0)));
  BOOST_TEST(std::isnan(s.place(-1)));
}

BOOST_AUTO_TEST_CASE(the_largest_doubles_have_a_place) {
  const Scale s(ScaleKind::linear, -1.7e308, 1.7e308);
  BOOST_TEST(s.place(0) == 0.5);
  for (const Tick& tick : ticks(s, 5, true)) BOOST_TEST(std::isfinite(tick.place));
}

BOOST_AUTO_TEST_CASE(ticks_are_at_round_numbers) {
  BOOST_TEST(labels({ScaleKind::linear, 0, 10}, 5) ==
             (Strings{"0", "2", "4", "6", "8", "10"}));
  BOOST_TEST(labels({ScaleKind::linear, -0.11, 0.32}, 4) == (Strings{"0", "0.2"}));
  BOOST_TEST(labels({ScaleKind::linear, 0.3, 0.9}, 6) ==
             (Strings{"0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"}));
  BOOST_TEST(labels({ScaleKind::linear, 0, 3e6}, 3) ==
             (Strings{"0", "1×10⁶", "2×10⁶", "3×10⁶"}));
  BOOST_TEST(labels({ScaleKind::linear, 0, 3e-5}, 3, false) ==
             (Strings{"0", "1e-5", "2e-5", "3e-5"}));
}

BOOST_AUTO_TEST_CASE(a_log_axis_has_ticks_at_powers_of_ten) {
  BOOST_TEST(labels({ScaleKind::log, 0.01, 100}, 9) ==
             (Strings{"0.01", "0.1", "1", "10", "100"}));
  BOOST_TEST(labels({ScaleKind::log, 1e-6, 1}, 9) ==
             (Strings{"10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"}));
  BOOST_TEST(labels({ScaleKind::log, 1e-6, 1}, 4, false) ==
             (Strings{"1e-6", "1e-4", "1e-2", "1e0"}));
  // Too few powers of ten: 2 and 5 have labels as well, or the ticks are a linear axis'.
  BOOST_TEST(labels({ScaleKind::log, 3, 40}, 5) == (Strings{"5", "10", "20"}));
  BOOST_TEST(labels({ScaleKind::log, 2.1, 4.2}, 3) == (Strings{"3", "4"}));
}

BOOST_AUTO_TEST_CASE(ticks_of_a_degenerate_axis_are_few_and_finite) {
  for (double low : {1e16, 1e300, 5e-324, 0.0}) {
    const double high = std::nextafter(low, INFINITY);
    for (const Tick& tick : ticks({ScaleKind::linear, low, high}, 5, true)) {
      BOOST_TEST(std::isfinite(tick.place));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_axis_spans_the_data_unless_told_otherwise) {
  const Extent data{2, 4}, none;
  const Scale around = make_scale(ScaleKind::linear, {}, data, 0.1, "x");
  BOOST_TEST(around.low() == 1.8, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(around.high() == 4.2, boost::test_tools::tolerance(1e-12));
  const Scale given = make_scale(ScaleKind::linear, {0, automatic}, data, 0, "x");
  BOOST_TEST(given.low() == 0);
  BOOST_TEST(given.high() == 4);
  const Scale empty = make_scale(ScaleKind::linear, {}, none, 0.1, "x");
  BOOST_TEST(empty.low() < empty.high());
  const Scale single = make_scale(ScaleKind::log, {}, {3, 3}, 0.1, "x");
  BOOST_TEST(single.low() < 3);
  BOOST_TEST(single.high() > 3);
  // All data below the given end: the axis still has a length.
  const Scale beyond = make_scale(ScaleKind::linear, {10, automatic}, data, 0.1, "x");
  BOOST_TEST(beyond.low() == 10);
  BOOST_TEST(beyond.high() > 10);
}

BOOST_AUTO_TEST_CASE(an_extent_leaves_out_what_an_axis_cannot_show) {
  Extent linear, log;
  for (double v : {nan_value, 3.0, -1.0, 0.0, double(INFINITY)}) {
    linear.include(v, ScaleKind::linear);
    log.include(v, ScaleKind::log);
  }
  BOOST_TEST(linear.low == -1);
  BOOST_TEST(linear.high == 3);
  BOOST_TEST(log.low == 3);
  BOOST_TEST(log.high == 3);
}

BOOST_AUTO_TEST_CASE(limits_that_make_no_axis_are_refused) {
  auto scale = [](ScaleKind kind, Limits limits) {
    return [=] { make_scale(kind, limits, {1, 2}, 0, "y"); };
  };
  BOOST_TEST(fails_with("ylim is {3, 1}: the first must be below the second",
                        scale(ScaleKind::linear, {3, 1})));
  BOOST_TEST(fails_with("ylim is 0 on a log axis", scale(ScaleKind::log, {0, 1})));
  BOOST_TEST(fails_with("ylim is infinite", scale(ScaleKind::linear, {0, INFINITY})));
  BOOST_TEST(fails_with("xscale is 'logarithmic'; it can be linear or log",
                        [] { scale_kind("logarithmic", "x"); }));
}

BOOST_AUTO_TEST_CASE(numbers_are_printed_short) {
  BOOST_TEST(short_number(0.25) == "0.25");
  BOOST_TEST(short_number(1234567) == "1.235e6");
  BOOST_TEST(short_number(60000) == "60000");
  BOOST_TEST(short_number(83521.7) == "83522");
  BOOST_TEST(short_number(-0.0) == "0");
  BOOST_TEST(short_number(2e-5) == "2e-5");
  BOOST_TEST(short_number(nan_value) == "nan");
  BOOST_TEST(short_number(-INFINITY) == "-inf");
}

// ---- styles ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(formats_are_read_as_in_the_course) {
  BOOST_TEST((parse_format("-", 0).dash == Dash::solid));
  BOOST_TEST((parse_format("m--", 0).dash == Dash::dashed));
  BOOST_TEST((parse_format("g-.", 0).dash == Dash::dash_dot));
  BOOST_TEST((parse_format("r:", 0).dash == Dash::dotted));
  BOOST_TEST((parse_format("r:", 0).colour == palette(1)));
  BOOST_TEST((parse_format("", 2).colour == palette(2)));
  BOOST_TEST((parse_format("o", 0).dash == Dash::none));
  BOOST_TEST((parse_format("o-", 0).marker == Marker::circle));
  BOOST_TEST((parse_format("o-", 0).dash == Dash::solid));
  for (const char* wrong : {"q", "--:", "rb", "ox", "-,"}) {
    BOOST_TEST(fails_with("plot: format '" + std::string(wrong) + "' has",
                          [&] { parse_format(wrong, 0); }));
  }
}

BOOST_AUTO_TEST_CASE(heat_colours_grow_lighter) {
  auto light = [](Rgb c) { return 0.299 * c.red + 0.587 * c.green + 0.114 * c.blue; };
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(light(heat_colour(i / 20.0)) < light(heat_colour((i + 1) / 20.0)));
  }
  BOOST_TEST((heat_colour(-3) == heat_colour(0)));
  BOOST_TEST((heat_colour(nan_value) == heat_colour(0)));
}

// ---- terminals and text ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_gets_no_colours_and_always_80_columns) {
  const Terminal t = terminal_with(false, {{"TERM", "xterm"}, {"LANG", "en_GB.UTF-8"}});
  BOOST_TEST(!t.live);
  BOOST_TEST(t.columns == 80);
  BOOST_TEST((t.colours == ColourDepth::none));
  BOOST_TEST(t.utf8);
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_what_it_can_show) {
  const Terminal t = terminal_with(true, {{"TERM", "xterm"}, {"LC_ALL", "C.utf8"}});
  BOOST_TEST(t.live);
  BOOST_TEST(t.columns == 100);
  BOOST_TEST(t.utf8);
  BOOST_TEST((t.colours == ColourDepth::indexed));
  BOOST_TEST(
      (terminal_with(true, {{"TERM", "xterm"}, {"COLORTERM", "truecolor"}}).colours ==
       ColourDepth::full));
  const Terminal plain = terminal_with(true, {{"TERM", "xterm"}, {"NO_COLOR", "1"}});
  BOOST_TEST((plain.colours == ColourDepth::none));
  BOOST_TEST(plain.live);
  const Terminal dumb = terminal_with(true, {{"TERM", "dumb"}});
  BOOST_TEST(!dumb.live);
  BOOST_TEST((dumb.colours == ColourDepth::none));
}

BOOST_AUTO_TEST_CASE(the_first_locale_variable_that_is_set_decides) {
  BOOST_TEST(!terminal_with(false, {}).utf8);
  BOOST_TEST(!terminal_with(false, {{"LC_ALL", "C"}, {"LANG", "en_GB.UTF-8"}}).utf8);
  BOOST_TEST(terminal_with(false, {{"LC_ALL", ""}, {"LANG", "en_GB.UTF-8"}}).utf8);
  BOOST_TEST(!terminal_with(false, {{"LANG", "de_DE.ISO-8859-1"}}).utf8);
}

BOOST_AUTO_TEST_CASE(colours_become_escape_codes) {
  BOOST_TEST(foreground({1, 2, 3}, ColourDepth::none) == "");
  BOOST_TEST(foreground({1, 2, 3}, ColourDepth::full) == "\x1b[38;2;1;2;3m");
  BOOST_TEST(background({255, 0, 0}, ColourDepth::indexed) == "\x1b[48;5;196m");
  BOOST_TEST(foreground({128, 128, 128}, ColourDepth::indexed) == "\x1b[38;5;244m");
}

BOOST_AUTO_TEST_CASE(text_is_measured_in_columns) {
  BOOST_TEST(display_width("loss") == 4);
  BOOST_TEST(display_width("größe") == 5);
  BOOST_TEST(display_width("损失") == 4);
  BOOST_TEST(display_width("e\u0301") == 1);
  BOOST_TEST(fit("损失函数", 5) == "损失");
  BOOST_TEST(fit("loss", 9) == "loss");
}

BOOST_AUTO_TEST_CASE(broken_utf8_and_control_characters_become_question_marks) {
  BOOST_TEST(letters("a\xff\x62") == (Strings{"a", "?", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(letters("\xe6\x8d") == (Strings{"?", "?"}), boost::test_tools::per_element());
  BOOST_TEST(letters("a\x1b[2J")[1] == "?");
  for (char32_t code : {U'a', U'ö', U'损', U'😀'})
    BOOST_TEST((code_point(encode(code)) == code));
}

// ---- time and sums -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_timer_keeps_its_laps) {
  Timer timer;
  BOOST_TEST(timer.avg() == 0);
  const double first = timer.stop();
  timer.start();
  const double second = timer.stop();
  BOOST_TEST(first >= 0);
  BOOST_TEST(timer.sum() == first + second);
  BOOST_TEST(timer.avg() == (first + second) / 2);
  BOOST_TEST(timer.cumsum() == (Numbers{first, first + second}));
  BOOST_TEST(fails_with("Timer: stop() without a start()", [&] { timer.stop(); }));
}

BOOST_AUTO_TEST_CASE(an_accumulator_keeps_several_sums) {
  Accumulator metric(3);
  metric.add(0.5f, 7, int64_t{32});
  metric.add(0.25, 1u, size_t{32});
  BOOST_TEST(metric[0] == 0.75);
  BOOST_TEST(metric[1] == 8);
  BOOST_TEST(metric[2] == 64);
  BOOST_TEST(fails_with("add() got 2 numbers for 3 sums", [&] { metric.add(1, 2); }));
  BOOST_TEST(metric[0] == 0.75);
  BOOST_TEST(fails_with("sum 3 of 3", [&] { metric[3]; }));
  metric.reset();
  BOOST_TEST(metric[2] == 0);
}

// ---- progress ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_progress_line_says_share_rate_and_time_left) {
  const Work work{"epoch 3/10", "examples", "", 34000, 60000, 2.5};
  BOOST_TEST(
      progress_line(work, 80) ==
      "epoch 3/10 [=================>            ]  56%  13.6k examples/s  2 s left");
  BOOST_TEST(progress_line(work, 50) == "epoch 3/10  56%  13.6k examples/s  2 s left");
  BOOST_TEST(display_width(progress_line(work, 20)) <= 20);
}

BOOST_AUTO_TEST_CASE(a_progress_line_begins_ends_and_copes_without_a_total) {
  BOOST_TEST(progress_line({"read", "rows", "", 0, 10, 0}, 60) ==
             "read [>                             ]   0%");
  BOOST_TEST(progress_line({"read", "rows", "", 10, 10, 2}, 60) ==
             "read [==============================] 100%  5 rows/s");
  BOOST_TEST(progress_line({"read", "rows", "loss 0.4", 1500, 0, 3}, 60) ==
             "read 1.5k rows  500 rows/s  loss 0.4");
}

BOOST_AUTO_TEST_CASE(counts_and_durations_are_short) {
  BOOST_TEST(count_text(950) == "950");
  BOOST_TEST(count_text(12345) == "12.3k");
  BOOST_TEST(count_text(999999) == "1M");
  BOOST_TEST(count_text(4.56e6) == "4.56M");
  BOOST_TEST(duration_text(44.6) == "45 s");
  BOOST_TEST(duration_text(200) == "3 min 20 s");
  BOOST_TEST(duration_text(7500) == "2 h 5 min");
  BOOST_TEST(duration_text(INFINITY) == "months");
}

BOOST_AUTO_TEST_CASE(progress_is_silent_in_a_file) {
  BOOST_TEST(printed_by(stdout, [] {
               Progress progress("epoch 1/1", 100);
               progress.add(100);
             }) == "");
}

BOOST_AUTO_TEST_CASE(progress_comes_and_goes_on_a_terminal) {
  const Variable kind("TERM", "xterm"), locale("LC_ALL", "C.UTF-8");
  const std::string text = printed_on_terminal(60, 24, [] {
    Progress progress("epoch 1/1", 100);
    progress.add(100);
  });
  BOOST_TEST(text.find("epoch 1/1 [>") != std::string::npos);
  // The last thing printed moves up over the line and wipes it.
  BOOST_TEST(text.ends_with("\x1b[1A\r\x1b[J\x1b[?7l\x1b[?7h"));
}

BOOST_AUTO_TEST_CASE(live_parts_stand_below_each_other) {
  const Variable kind("TERM", "xterm");
  const std::string text = printed_on_terminal(60, 24, [] {
    LivePart plot, bar;
    bar.set("bar\n");
    plot.set("plot\nplot\n");
  });
  BOOST_TEST(text.find("plot\r\nplot\r\nbar\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_stay_above_live_parts) {
  const Variable kind("TERM", "xterm");
  const std::string text = printed_on_terminal(60, 24, [] {
    LivePart bar;
    bar.set("one\ntwo\n");
    print_line("a line");
    bar.set("three\n");
  });
  // The part is wiped, the line takes its place, and the part is drawn anew below.
  const std::string line = "\x1b[2A\r\x1b[Ja line\r\n\r\x1b[J\x1b[?7lone\r\ntwo\r\n";
  BOOST_TEST(text.find(line) != std::string::npos);
  BOOST_TEST(text.find("\x1b[2A\r\x1b[J\x1b[?7lthree\r\n") != std::string::npos);
  BOOST_TEST(printed_by(stdout, [] {
               LivePart part;
               part.set("nothing\n");
               print_line("a line");
             }) == "a line\n");
}

BOOST_AUTO_TEST_CASE(a_live_part_higher_than_the_screen_shows_its_end) {
  const Variable kind("TERM", "xterm");
  const std::string text = printed_on_terminal(60, 5, [] {
    LivePart part;
    part.set("1\n2\n3\n4\n5\n6\n7\n");
  });
  BOOST_TEST(text.find("3\r\n") == std::string::npos);
  BOOST_TEST(text.find("4\r\n5\r\n6\r\n7\r\n") != std::string::npos);
}

// ---- animator ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_animator_prints_one_drawing_to_a_file) {
  const Variable locale("LC_ALL", "C");
  const std::string text = printed_by(stdout, [] {
    Animator animator({.xlabel = "epoch", .legend = {"loss"}, .xlim = {1, 3}});
    for (int epoch = 1; epoch <= 3; ++epoch) animator.add(epoch, 1.0 / epoch);
  });
  BOOST_TEST(count(text, "epoch") == 1u);
  BOOST_TEST(count(text, "loss") == 1u);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_animator_skips_what_is_not_there) {
  printed_by(stdout, [] {
    Animator animator;
    animator.add(1, {0.5, std::nullopt});
    animator.add(2, {0.4, 0.8});
    const auto& layers = animator.figure().axes().layers();
    BOOST_TEST(layers.size() == 2u);
    BOOST_TEST(layers[0].x == (Numbers{1, 2}));
    BOOST_TEST(layers[1].x == (Numbers{2}));
    BOOST_TEST(layers[1].y == (Numbers{0.8}));
  });
}

BOOST_AUTO_TEST_CASE(an_animator_takes_lists) {
  printed_by(stdout, [] {
    Animator animator;
    animator.add(1, std::vector<double>{0.5, 0.6});
    animator.add({2, 3}, {0.4, 0.8});
    animator.add({4, 5}, {std::nullopt, 0.9});
    const auto& layers = animator.figure().axes().layers();
    BOOST_TEST(layers.at(0).x == (Numbers{1, 2}));
    BOOST_TEST(layers.at(0).y == (Numbers{0.5, 0.4}));
    BOOST_TEST(layers.at(1).x == (Numbers{1, 3, 5}));
    BOOST_TEST(layers.at(1).y == (Numbers{0.6, 0.8, 0.9}));
    BOOST_TEST(fails_with("x has 1 elements, y has 2", [&] { animator.add({1}, {1, 2}); }));
  });
}

BOOST_AUTO_TEST_CASE(an_animator_without_points_and_a_quiet_one_print_nothing) {
  BOOST_TEST(printed_by(stdout, [] { Animator animator; }) == "");
  set_quiet(true);
  const std::string text = printed_by(stdout, [] {
    Animator animator;
    animator.add(1, 2);
  });
  set_quiet(false);
  BOOST_TEST(text == "");
}

BOOST_AUTO_TEST_CASE(an_animator_draws_in_place_and_leaves_the_last_drawing) {
  const Variable kind("TERM", "xterm"), locale("LC_ALL", "C.UTF-8");
  const std::string text = printed_on_terminal(80, 40, [] {
    Animator animator({.xlabel = "epoch"});
    animator.add(1, 1.0);
    animator.add(2, 0.5);
  });
  BOOST_TEST(count(text, "epoch") >= 2u);
  BOOST_TEST(text.rfind("\x1b[J") < text.rfind("epoch"));
}

// ---- bars --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bounds_hold_or_do_not) {
  BOOST_TEST(at_least(0.82).holds_for(0.82));
  BOOST_TEST(!at_least(0.82).holds_for(0.8199));
  BOOST_TEST(at_most(1).holds_for(1));
  BOOST_TEST(!at_most(1).holds_for(1.0001));
  BOOST_TEST(near(2, 0.5).holds_for(1.5));
  BOOST_TEST(!near(2, 0.5).holds_for(1.4));
  for (const Bound& bound : {at_least(0), at_most(0), near(0, 1)}) {
    BOOST_TEST(!bound.holds_for(nan_value));
  }
}

BOOST_AUTO_TEST_CASE(a_bar_says_what_was_expected_and_what_came) {
  BOOST_TEST(bar_line("accuracy", 0.836, at_least(0.82)) == "ok   accuracy 0.836 >= 0.82");
  BOOST_TEST(bar_line("accuracy", 0.736, at_least(0.82)) ==
             "MISS accuracy 0.736, expected >= 0.82");
  BOOST_TEST(bar_line("loss", 0.5, at_most(0.6)) == "ok   loss 0.5 <= 0.6");
  BOOST_TEST(bar_line("w", 1.51, near(1.5, 0.02)) == "ok   w 1.51, within 0.02 of 1.5");
  BOOST_TEST(bar_line("slope", 2.00003, near(2.00003, 5e-6)) ==
             "ok   slope 2.00003, within 5e-6 of 2.00003");
  BOOST_TEST(bar_line("w", 1.6, near(1.5, 0.02)) ==
             "MISS w 1.6, expected within 0.02 of 1.5");
  BOOST_TEST(bar_line("count", 4, near(4, 0)) == "ok   count 4 == 4");
  BOOST_TEST(bar_line("loss", nan_value, at_most(1)) == "MISS loss nan, expected <= 1");
}

BOOST_AUTO_TEST_CASE(a_bar_prints_the_digits_that_decide) {
  BOOST_TEST(bar_line("accuracy", 0.81996, at_least(0.82)) ==
             "MISS accuracy 0.81996, expected >= 0.82");
  BOOST_TEST(bar_line("accuracy", 0.82, at_least(0.8199999)) ==
             "ok   accuracy 0.82 >= 0.82");
}
