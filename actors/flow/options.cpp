#include "actors/flow/options.hpp"

#include "kernels/base/nearest.hpp"
#include "kernels/base/value.hpp"

#include <algorithm>
#include <charconv>

namespace aura::flow {

namespace {

const char* kind_name(const setting& x) {
  switch (x.kind) {
  case setting_kind::null:
    return "nothing";
  case setting_kind::scalar:
    return "a single value";
  case setting_kind::list:
    return "a list";
  case setting_kind::map:
    return "a map";
  }
  return "";
}

std::string found_text(const setting& x) {
  if (x.kind == setting_kind::scalar)
    return "found '" + (x.source.empty() ? x.text : x.source) + "'";
  return std::string{"found "} + kind_name(x);
}

/// `1_000_000`: digits may be grouped.
std::string without_groups(const std::string& text) {
  auto result = text;
  std::erase(result, '_');
  return result;
}

std::string join(const std::vector<std::string>& words, const char* last) {
  auto text = std::string{};
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  return text;
}

} // namespace

options_reader::options_reader(const setting& from, problems& trouble,
                               std::vector<std::filesystem::path> roots)
  : from_{from}, trouble_{trouble}, roots_{std::move(roots)} {
}

const setting* options_reader::take(const char* key) {
  known_.emplace_back(key);
  for (const auto& x : from_.entries)
    if (kebab(x.key) == key)
      return &x.value;
  return nullptr;
}

const setting* options_reader::take_scalar(const char* key,
                                           const char* wanted) {
  const auto* found = take(key);
  if (!found || found->kind == setting_kind::scalar)
    return found;
  complain(*found, "'" + std::string{key} + "' must be " + wanted + ", "
                     + found_text(*found));
  return nullptr;
}

void options_reader::complain(const setting& where, const std::string& what,
                              std::string hint) {
  trouble_.push_back({where.where, what, std::move(hint)});
}

void options_reader::operator()(const char* key, bool& value, const char*) {
  const auto* found = take_scalar(key, "true or false");
  if (!found)
    return;
  if (found->text == "true" || found->text == "yes" || found->text == "on")
    value = true;
  else if (found->text == "false" || found->text == "no"
           || found->text == "off")
    value = false;
  else
    complain(*found, "'" + std::string{key} + "' must be true or false, "
                       + found_text(*found));
}

void options_reader::operator()(const char* key, std::string& value,
                                const char*) {
  if (const auto* found = take_scalar(key, "a text"))
    value = found->text;
}

void options_reader::operator()(const char* key,
                                std::vector<std::string>& value, const char*) {
  const auto* found = take(key);
  if (!found)
    return;
  if (found->kind == setting_kind::scalar) {
    value = {found->text};
    return;
  }
  auto result = std::vector<std::string>{};
  for (const auto& item : found->items) {
    if (item.kind != setting_kind::scalar) {
      complain(item, "'" + std::string{key} + "' must be a list of texts");
      return;
    }
    result.push_back(item.text);
  }
  if (found->kind != setting_kind::list) {
    complain(*found, "'" + std::string{key} + "' must be a list, "
                       + found_text(*found));
    return;
  }
  value = std::move(result);
}

bool options_reader::read_whole(const char* key, const setting& from,
                                std::int64_t& value, std::int64_t low,
                                std::int64_t high) {
  const auto text = without_groups(from.text);
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  const auto whole = from.kind == setting_kind::scalar && !text.empty()
                     && read.ec == std::errc{} && read.ptr == end;
  if (!whole) {
    complain(from, "'" + std::string{key} + "' must be a whole number, "
                     + found_text(from));
    return false;
  }
  if (value < low || value > high) {
    const auto bound = value < low ? "at least " + std::to_string(low)
                                   : "at most " + std::to_string(high);
    complain(from, "'" + std::string{key} + "' must be " + bound + ", "
                     + found_text(from));
    return false;
  }
  return true;
}

bool options_reader::read_real(const char* key, const setting& from,
                               double& value, double low, double high) {
  const auto text = without_groups(from.text);
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (from.kind != setting_kind::scalar || text.empty()
      || read.ec != std::errc{} || read.ptr != end) {
    complain(from, "'" + std::string{key} + "' must be a number, "
                     + found_text(from));
    return false;
  }
  if (!(value >= low && value <= high)) {
    const auto bound
      = value < low ? "at least " + to_text(low) : "at most " + to_text(high);
    complain(from, "'" + std::string{key} + "' must be " + bound + ", "
                     + found_text(from));
    return false;
  }
  return true;
}

void options_reader::choice(const char* key, std::string& value,
                            std::initializer_list<const char*> words,
                            const char* comment) {
  (*this)(key, value, comment);
  const auto known = std::vector<std::string>(words.begin(), words.end());
  if (std::find(known.begin(), known.end(), value) != known.end())
    return;
  for (const auto& x : from_.entries)
    if (kebab(x.key) == key) {
      const auto near = nearest(value, known);
      complain(x.value,
               "'" + std::string{key} + "' must be " + join(known, " or ")
                 + ", " + found_text(x.value),
               near.empty() ? "" : "did you mean '" + near + "'?");
    }
}

void options_reader::resolve(const setting& where, std::string& file) {
  if (file.empty())
    return;
  auto failed = std::error_code{};
  for (const auto& root : roots_) {
    const auto candidate = root / file;
    if (std::filesystem::is_regular_file(candidate, failed)) {
      file = candidate.lexically_normal().string();
      return;
    }
  }
  // A neighbour with a similar name is what was probably meant.
  auto names = std::vector<std::string>{};
  for (const auto& root : roots_) {
    const auto folder = (root / file).parent_path();
    for (auto entry = std::filesystem::
           directory_iterator{folder,
                              std::filesystem::directory_options::
                                skip_permission_denied,
                              failed};
         !failed && entry != std::filesystem::directory_iterator{};
         entry.increment(failed))
      names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  const auto wanted = std::filesystem::path{file};
  const auto near = nearest(wanted.filename().string(), names);
  complain(where, "no file '" + file + "'",
           near.empty() ? ""
                        : "did you mean '"
                            + (wanted.parent_path() / near).string() + "'?");
}

void options_reader::file(const char* key, std::string& value,
                          const char* comment) {
  (*this)(key, value, comment);
  if (const auto* found = take(key))
    resolve(*found, value);
}

void options_reader::files(const char* key, std::vector<std::string>& value,
                           const char* comment) {
  (*this)(key, value, comment);
  const auto* found = take(key);
  if (!found)
    return;
  for (std::size_t i = 0; i < value.size(); ++i)
    resolve(i < found->items.size() ? found->items[i] : *found, value[i]);
}

void options_reader::skip(const char* key) {
  known_.emplace_back(key);
}

void options_reader::finish() {
  if (from_.kind != setting_kind::map && from_.kind != setting_kind::null) {
    complain(from_, std::string{"options must be a map, "} + found_text(from_));
    return;
  }
  std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  for (const auto& x : from_.entries) {
    const auto key = kebab(x.key);
    if (std::find(known_.begin(), known_.end(), key) != known_.end())
      continue;
    const auto near = nearest(key, known_);
    auto hint = near.empty() ? known_.empty() ? std::string{"it has no options"}
                                              : "known: " + join(known_, ", ")
                             : "did you mean '" + near + "'?";
    trouble_.push_back(
      {x.where, "unknown option '" + x.key + "'", std::move(hint)});
  }
}

std::string options_lister::real_text(double x) {
  return to_text(x);
}

void options_lister::add(const char* key, option_kind kind, std::string value,
                         const char* comment) {
  auto x = option_info{};
  x.key = key;
  x.kind = kind;
  x.value = std::move(value);
  x.comment = comment;
  options.push_back(std::move(x));
}

void options_lister::operator()(const char* key, bool& value,
                                const char* comment) {
  add(key, option_kind::truth, value ? "true" : "false", comment);
  options.back().allowed = "true or false";
}

void options_lister::operator()(const char* key, std::string& value,
                                const char* comment) {
  add(key, option_kind::text, yaml_scalar(value), comment);
}

void options_lister::operator()(const char* key,
                                std::vector<std::string>& value,
                                const char* comment) {
  auto words = std::vector<std::string>{};
  for (const auto& x : value)
    words.push_back(yaml_scalar(x));
  add(key, option_kind::texts, "[" + join(words, ", ") + "]", comment);
}

void options_lister::choice(const char* key, std::string& value,
                            std::initializer_list<const char*> words,
                            const char* comment) {
  add(key, option_kind::text, yaml_scalar(value), comment);
  options.back().words = {words.begin(), words.end()};
  options.back().allowed = join(options.back().words, " or ");
}

void options_lister::file(const char* key, std::string& value,
                          const char* comment) {
  (*this)(key, value, comment);
  options.back().is_file = true;
  if (!value.empty())
    options.back().paths = {value};
}

void options_lister::files(const char* key, std::vector<std::string>& value,
                           const char* comment) {
  (*this)(key, value, comment);
  options.back().is_file = true;
  options.back().paths = value;
}

} // namespace aura::flow
