#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aura::flow {

/// `text` as HTML shows it literally.
std::string escape_html(std::string_view text);

/// One line of a chart.
struct series {
  std::string name;
  /// A CSS colour.
  std::string colour;
  /// (x, y), x ascending; values that are not finite are left out.
  std::vector<std::pair<double, double>> points;
};

/// A line chart as inline SVG. With `logarithmic` the y axis is, where every y
/// is positive.
std::string line_chart(const std::vector<series>& lines,
                       const std::string& x_label, bool logarithmic);

/// A proportion with its interval, all within [0, 1].
struct proportion {
  std::string name;
  double value = 0;
  double low = 0;
  double high = 0;
  std::string remark;
};

/// Bars with whiskers as inline SVG.
std::string interval_chart(const std::vector<proportion>& bars);

/// What is left after each step.
struct funnel_step {
  std::string name;
  double before = 0;
  double after = 0;
  std::string remark;
};

/// A funnel as inline SVG.
std::string funnel_chart(const std::vector<funnel_step>& steps);

} // namespace aura::flow
