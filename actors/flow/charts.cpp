#include "actors/flow/charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace aura::flow {

namespace {

std::string number(double x, const char* format = "%.6g") {
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), format, x);
  return buffer.data();
}

std::string text_at(double x, double y, const std::string& attributes,
                    const std::string& text) {
  return "<text x='" + number(x) + "' y='" + number(y) + "' " + attributes + ">"
         + escape_html(text) + "</text>";
}

std::string line(double x1, double y1, double x2, double y2,
                 const std::string& attributes) {
  return "<line x1='" + number(x1) + "' y1='" + number(y1) + "' x2='"
         + number(x2) + "' y2='" + number(y2) + "' " + attributes + "/>";
}

std::string rectangle(double x, double y, double width, double height,
                      const std::string& attributes) {
  return "<rect x='" + number(x) + "' y='" + number(y) + "' width='"
         + number(std::max(width, 0.0)) + "' height='" + number(height) + "' "
         + attributes + "/>";
}

std::string grouped(double x) {
  auto text = number(std::round(x), "%.0f");
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

/// Round distances between grid lines, about `count` of them.
std::vector<double> ticks(double low, double high, int count) {
  const auto rough = (high - low) / count;
  const auto power = std::pow(10, std::floor(std::log10(rough)));
  const auto step = rough / power < 1.5   ? power
                    : rough / power < 3.5 ? 2 * power
                    : rough / power < 7.5 ? 5 * power
                                          : 10 * power;
  auto result = std::vector<double>{};
  for (auto x = std::ceil(low / step) * step; x <= high + step * 1e-9;
       x += step)
    result.push_back(x);
  return result;
}

struct frame {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  bool logarithmic = false;
  static constexpr double left = 56, right = 700, top = 14, bottom = 240;

  double x(double value) const {
    return left + (value - x_low) / (x_high - x_low) * (right - left);
  }

  double y(double value) const {
    const auto at = [&](double v) { return logarithmic ? std::log10(v) : v; };
    return bottom
           - (at(value) - at(y_low)) / (at(y_high) - at(y_low))
               * (bottom - top);
  }
};

} // namespace

std::string escape_html(std::string_view text) {
  auto result = std::string{};
  for (auto c : text)
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    case '\'':
      result += "&#39;";
      break;
    default:
      result += c;
    }
  return result;
}

std::string line_chart(const std::vector<series>& lines,
                       const std::string& x_label, bool logarithmic) {
  auto f = frame{};
  auto any = false;
  auto positive = true;
  for (const auto& s : lines)
    for (const auto& [x, y] : s.points) {
      if (!std::isfinite(x) || !std::isfinite(y))
        continue;
      positive = positive && y > 0;
      if (!any) {
        f.x_low = f.x_high = x;
        f.y_low = f.y_high = y;
        any = true;
      }
      f.x_low = std::min(f.x_low, x);
      f.x_high = std::max(f.x_high, x);
      f.y_low = std::min(f.y_low, y);
      f.y_high = std::max(f.y_high, y);
    }
  if (!any)
    return {};
  f.logarithmic = logarithmic && positive;
  if (f.x_high <= f.x_low)
    f.x_high = f.x_low + 1;
  if (f.logarithmic) {
    f.y_low = std::pow(10, std::floor(std::log10(f.y_low) * 3) / 3);
    f.y_high = std::pow(10, std::ceil(std::log10(f.y_high) * 3) / 3);
  } else {
    f.y_low = std::min(f.y_low, 0.0);
  }
  if (f.y_high <= f.y_low)
    f.y_high = f.y_low + 1;

  auto svg = std::string{"<svg viewBox='0 0 720 290' role='img'>"};
  auto heights = std::vector<double>{};
  if (f.logarithmic) {
    for (auto power = std::pow(10, std::floor(std::log10(f.y_low)));
         power <= f.y_high; power *= 10)
      for (auto m : {1.0, 2.0, 5.0})
        if (m * power >= f.y_low * 0.999 && m * power <= f.y_high * 1.001)
          heights.push_back(m * power);
  } else {
    heights = ticks(f.y_low, f.y_high, 5);
  }
  for (auto y : heights) {
    svg += line(frame::left, f.y(y), frame::right, f.y(y), "class='grid'");
    svg
      += text_at(frame::left - 8, f.y(y) + 4, "class='tick' text-anchor='end'",
                 y >= 1000 ? grouped(y) : number(y, "%.3g"));
  }
  const auto marks = ticks(f.x_low, f.x_high, 6);
  const auto whole = marks.size() < 2 || marks[1] - marks[0] >= 1;
  for (auto x : marks)
    svg += text_at(f.x(x), frame::bottom + 18,
                   "class='tick' text-anchor='middle'",
                   whole ? grouped(x) : number(x, "%.3g"));
  svg += text_at((frame::left + frame::right) / 2, frame::bottom + 38,
                 "class='tick' text-anchor='middle'", x_label);
  auto legend = frame::left + 10;
  for (const auto& s : lines) {
    auto path = std::string{};
    for (const auto& [x, y] : s.points)
      if (std::isfinite(x) && std::isfinite(y))
        path += (path.empty() ? "" : " ") + number(f.x(x), "%.1f") + ","
                + number(f.y(y), "%.1f");
    if (path.empty())
      continue;
    svg += "<polyline points='" + path + "' fill='none' stroke='" + s.colour
           + "' stroke-width='1.8' stroke-linejoin='round'/>";
    if (s.points.size() <= 40)
      for (const auto& [x, y] : s.points)
        if (std::isfinite(x) && std::isfinite(y))
          svg += "<circle cx='" + number(f.x(x), "%.1f") + "' cy='"
                 + number(f.y(y), "%.1f") + "' r='2.6' fill='" + s.colour
                 + "'/>";
    svg += rectangle(legend, 272, 18, 4, "rx='2' fill='" + s.colour + "'");
    svg += text_at(legend + 24, 278, "class='tick'", s.name);
    legend += 60 + 7.0 * static_cast<double>(s.name.size());
  }
  return svg + "</svg>";
}

std::string interval_chart(const std::vector<proportion>& bars) {
  const auto row = 44.0;
  const auto height = 34 + row * static_cast<double>(bars.size());
  constexpr auto left = 110.0, right = 560.0;
  const auto at = [&](double v) { return left + v * (right - left); };
  auto svg = "<svg viewBox='0 0 720 " + number(height) + "' role='img'>";
  for (auto x : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    svg += line(at(x), 8, at(x), height - 24, "class='grid'");
    svg += text_at(at(x), height - 8, "class='tick' text-anchor='middle'",
                   number(100 * x) + " %");
  }
  auto y = 14.0;
  for (const auto& bar : bars) {
    svg += text_at(left - 12, y + 19, "class='label' text-anchor='end'",
                   bar.name);
    svg
      += rectangle(left, y + 3, at(bar.value) - left, 24, "rx='3' class='bar'");
    const auto middle = y + 15;
    svg += line(at(bar.low), middle, at(bar.high), middle, "class='whisker'");
    for (auto end : {bar.low, bar.high})
      svg += line(at(end), middle - 6, at(end), middle + 6, "class='whisker'");
    svg += text_at(right + 14, y + 13, "class='label'",
                   number(100 * bar.value, "%.1f") + " %");
    svg += text_at(right + 14, y + 29, "class='tick'", bar.remark);
    y += row;
  }
  return svg + "</svg>";
}

std::string funnel_chart(const std::vector<funnel_step>& steps) {
  auto most = 0.0;
  for (const auto& x : steps)
    most = std::max(most, x.before);
  if (most <= 0)
    return {};
  const auto row = 38.0;
  auto svg = "<svg viewBox='0 0 720 "
             + number(8 + row * static_cast<double>(steps.size()))
             + "' role='img'>";
  constexpr auto left = 110.0, width = 360.0;
  auto y = 6.0;
  for (const auto& x : steps) {
    svg
      += text_at(left - 12, y + 19, "class='label' text-anchor='end'", x.name);
    svg += rectangle(left, y + 3, width * x.before / most, 24,
                     "rx='3' class='lost'");
    svg += rectangle(left, y + 3, width * x.after / most, 24,
                     "rx='3' class='bar'");
    svg
      += text_at(left + width + 14, y + 14, "class='label'", grouped(x.after));
    svg += text_at(left + width + 14, y + 29, "class='tick'", x.remark);
    y += row;
  }
  return svg + "</svg>";
}

} // namespace aura::flow
