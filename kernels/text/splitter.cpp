#include "kernels/text/splitter.hpp"

#include "kernels/base/json.hpp"

#include <algorithm>
#include <array>

namespace aura::text {

namespace {

using nlohmann::json;

// A stretch of the text, and whether the rule matched it.
struct stretch {
  extent where;
  bool match = false;
};

std::vector<stretch> with_gaps(extent whole, const std::vector<extent>& found,
                               bool invert) {
  auto result = std::vector<stretch>{};
  auto at = whole.begin;
  for (const auto match : found) {
    if (match.begin > at)
      result.push_back({{at, match.begin}, invert});
    result.push_back({match, !invert});
    at = match.end;
  }
  if (at < whole.end)
    result.push_back({{at, whole.end}, invert});
  return result;
}

void keep(const std::vector<stretch>& parts, split_behaviour behaviour,
          std::vector<extent>& out) {
  const auto begin = out.size();
  auto before = false; // whether the last stretch was a match
  for (const auto& x : parts) {
    const auto is_first = out.size() == begin;
    auto joins = false;
    switch (behaviour) {
    case split_behaviour::removed:
      if (x.match)
        continue;
      break;
    case split_behaviour::isolated:
      break;
    case split_behaviour::merged_with_previous:
      joins = x.match && !before;
      break;
    case split_behaviour::merged_with_next:
      joins = before && !x.match;
      break;
    case split_behaviour::contiguous:
      joins = before == x.match;
      break;
    }
    before = x.match;
    if (joins && !is_first)
      out.back().end = x.where.end;
    else
      out.push_back(x.where);
  }
}

std::string escaped(const std::string& literal) {
  auto result = std::string{};
  for (auto c : literal) {
    if (std::string_view{"\\^$.[|()?*+{}]-#"}.find(c) != std::string_view::npos)
      result += '\\';
    result += c;
  }
  return result;
}

} // namespace

const char* const gpt2_pattern
  = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

expected<splitter> splitter::read(const json& description) {
  auto result = splitter{};
  if (description.is_null())
    return result;
  if (auto added = result.add(description); !added)
    return added.error();
  return result;
}

expected<splitter> splitter::from_pattern(std::string_view expression) {
  auto code = pattern::compile(expression);
  if (!code)
    return code.error();
  auto result = splitter{};
  result.steps_.push_back(
    step{std::move(*code), split_behaviour::removed, true});
  return result;
}

status splitter::add(const json& description) {
  const auto type = description.is_object() && description.contains("type")
                      ? description.value("type", std::string{})
                      : std::string{};
  if (type == "Sequence") {
    for (const auto& x : description.value("pretokenizers", json::array()))
      if (auto added = add(x); !added)
        return added;
    return ok;
  }
  if (type == "Digits") {
    auto code = pattern::compile(
      description.value("individual_digits", false) ? "\\p{N}" : "\\p{N}+");
    if (!code)
      return code.error();
    steps_.push_back({std::move(*code)});
    return ok;
  }
  if (type == "ByteLevel") {
    if (description.value("add_prefix_space", true)) {
      if (!steps_.empty())
        return fault{errc::unsupported,
                     "pre-tokenizer: a ByteLevel behind another step that adds "
                     "a space before each piece"};
      adds_prefix_space_ = true;
    }
    if (!description.value("use_regex", true))
      return ok;
    auto code = pattern::compile(gpt2_pattern);
    if (!code)
      return code.error();
    steps_.push_back(step{std::move(*code)});
    return ok;
  }
  if (type != "Split")
    return fault{errc::unsupported,
                 "pre-tokenizer '" + type
                   + "' is not known; Split, Digits and ByteLevel are"};
  const auto given = description.value("pattern", json::object());
  auto expression = std::string{};
  if (given.contains("Regex") && given["Regex"].is_string())
    expression = given["Regex"].get<std::string>();
  else if (given.contains("String") && given["String"].is_string())
    expression = escaped(given["String"].get<std::string>());
  else
    return fault{errc::unsupported, "pre-tokenizer: a Split without a pattern"};
  auto code = pattern::compile(expression);
  if (!code)
    return code.error();
  constexpr auto names = std::array{"Removed", "Isolated", "MergedWithPrevious",
                                    "MergedWithNext", "Contiguous"};
  const auto behaviour = description.value("behavior", std::string{});
  const auto found = std::find(names.begin(), names.end(), behaviour);
  if (found == names.end())
    return fault{errc::unsupported,
                 "pre-tokenizer: Split has no behavior '" + behaviour + "'"};
  steps_.push_back(step{std::move(*code),
                        static_cast<split_behaviour>(found - names.begin()),
                        description.value("invert", false)});
  return ok;
}

status splitter::split(std::string_view text, std::vector<extent>& out) const {
  auto pieces = std::vector<extent>{{0, text.size()}};
  auto next = std::vector<extent>{};
  auto found = std::vector<extent>{};
  for (const auto& x : steps_) {
    next.clear();
    for (const auto piece : pieces) {
      found.clear();
      const auto part = text.substr(piece.begin, piece.end - piece.begin);
      if (auto done = x.expression.find_all(part, found); !done)
        return done;
      for (auto& match : found) {
        match.begin += piece.begin;
        match.end += piece.begin;
      }
      // All that a rule matches, as it is: the common case.
      if (x.invert && x.behaviour == split_behaviour::removed)
        next.insert(next.end(), found.begin(), found.end());
      else
        keep(with_gaps(piece, found, x.invert), x.behaviour, next);
    }
    std::swap(pieces, next);
  }
  out.insert(out.end(), pieces.begin(), pieces.end());
  return ok;
}

} // namespace aura::text
