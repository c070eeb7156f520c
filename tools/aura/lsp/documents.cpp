#include "tools/aura/lsp/documents.hpp"

#include "kernels/dsl/tokens.hpp"
#include "kernels/schema/import.hpp"
#include "kernels/schema/load.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace aura::tools::lsp {

namespace {

namespace fs = std::filesystem;

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

std::string_view trimmed(std::string_view x) {
  while (!x.empty() && (x.front() == ' ' || x.front() == '\t'))
    x.remove_prefix(1);
  while (!x.empty()
         && (x.back() == ' ' || x.back() == '\t' || x.back() == '\r'))
    x.remove_suffix(1);
  return x;
}

// What the comment says the schema is, if it says so.
std::optional<std::string> schema_in(std::string_view comment) {
  constexpr auto mark = std::string_view{"schema:"};
  if (!comment.starts_with("--"))
    return std::nullopt;
  comment = trimmed(comment.substr(2));
  if (!comment.starts_with(mark))
    return std::nullopt;
  const auto path = trimmed(comment.substr(mark.size()));
  return path.empty() ? std::nullopt : std::optional{std::string{path}};
}

// Whether a file looks like a schema: YAML that begins with its name.
bool looks_like_schema(const fs::path& file) {
  const auto extension = file.extension();
  if (extension != ".yaml" && extension != ".yml")
    return false;
  auto in = std::ifstream{file};
  for (auto line = std::string{}; std::getline(in, line);) {
    const auto x = trimmed(line);
    if (x.empty() || x.starts_with('#') || x == "---")
      continue;
    return x.starts_with("schema:");
  }
  return false;
}

} // namespace

const std::vector<fs::path>& schema_finder::schemas_in(const fs::path& folder) {
  const auto [at, is_new] = found_.try_emplace(folder);
  auto& result = at->second;
  if (!is_new)
    return result;
  auto reason = std::error_code{};
  for (auto i = fs::directory_iterator{folder, reason};
       !reason && i != fs::directory_iterator{}; i.increment(reason)) {
    auto ignored = std::error_code{};
    if (i->is_regular_file(ignored) && looks_like_schema(i->path()))
      result.push_back(i->path());
    if (result.size() > 1)
      break;
  }
  return result;
}

void document::replace(std::string whole) {
  text = std::move(whole);
  lines = dsl::editor::line_index{text};
  is_dirty = true;
}

void document::change(std::size_t start, std::size_t end, std::string_view by) {
  start = std::min(start, text.size());
  end = std::clamp(end, start, text.size());
  text.replace(start, end - start, by);
  lines = dsl::editor::line_index{text};
  is_dirty = true;
}

std::optional<fs::path> path_of(std::string_view uri) {
  constexpr auto scheme = std::string_view{"file://"};
  if (!uri.starts_with(scheme))
    return std::nullopt;
  uri.remove_prefix(scheme.size());
  // A host before the path, such as localhost.
  const auto slash = uri.find('/');
  if (slash == uri.npos)
    return std::nullopt;
  uri.remove_prefix(slash);
  auto result = std::string{};
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const auto coded = uri[i] == '%' && i + 2 < uri.size()
                       && hex_digit(uri[i + 1]) >= 0
                       && hex_digit(uri[i + 2]) >= 0;
    result += coded ? static_cast<char>(hex_digit(uri[i + 1]) * 16
                                        + hex_digit(uri[i + 2]))
                    : uri[i];
    if (coded)
      i += 2;
  }
  if (result.find('\0') != result.npos)
    return std::nullopt;
  return fs::path{result};
}

std::string uri_of(const fs::path& file) {
  static constexpr auto hex = std::string_view{"0123456789ABCDEF"};
  auto result = std::string{"file://"};
  for (const auto c : fs::absolute(file).lexically_normal().string()) {
    const auto plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                       || (c >= '0' && c <= '9') || c == '/' || c == '-'
                       || c == '.' || c == '_' || c == '~';
    if (plain) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += hex[byte >> 4];
    result += hex[byte & 15u];
  }
  return result;
}

void schema_finder::choose(fs::path file, fs::path database) {
  file_ = std::move(file);
  database_ = std::move(database);
}

void schema_finder::set_root(fs::path folder) {
  root_ = std::move(folder);
}

const schema_finder::known& schema_finder::load(const fs::path& file,
                                                bool is_database) {
  auto reason = std::error_code{};
  const auto time = fs::last_write_time(file, reason);
  const auto found = known_.find(file);
  if (found != known_.end() && !reason && found->second.time == time)
    return found->second;
  auto fresh = known{time, nullptr, {}};
  if (is_database) {
    if (auto imported = schema::import_database(file.string(), {}))
      fresh.schema
        = std::make_shared<const schema::schema>(std::move(imported->schema));
    else
      fresh.trouble = imported.error().message;
  } else {
    if (auto loaded = schema::load(file))
      fresh.schema = std::make_shared<const schema::schema>(std::move(*loaded));
    else
      fresh.trouble = loaded.error().message;
  }
  return known_.insert_or_assign(file, std::move(fresh)).first->second;
}

schema_choice schema_finder::find(const document& x) {
  const auto path = path_of(x.uri);
  const auto folder = path ? path->parent_path() : root_;
  const auto take = [&](const fs::path& file, bool is_database) {
    const auto& found = load(file, is_database);
    auto result = schema_choice{};
    result.schema = found.schema;
    result.trouble = found.trouble;
    if (!is_database)
      result.file = file;
    return result;
  };
  if (x.text.find("schema:") != x.text.npos)
    for (const auto& c : dsl::tokenize(x.text).comments)
      if (const auto named = schema_in(c.text)) {
        auto result = take(folder / *named, false);
        result.named = c.where;
        return result;
      }
  if (!file_.empty())
    return take(file_, false);
  if (!database_.empty())
    return take(database_, true);
  if (!path)
    return {};
  for (auto at = folder; !at.empty(); at = at.parent_path()) {
    const auto& files = schemas_in(at);
    if (files.size() == 1)
      return take(files.front(), false);
    if (files.size() > 1) {
      auto result = schema_choice{};
      result.trouble = "several schema files in " + at.string()
                       + "; a comment `-- schema: path` chooses one";
      return result;
    }
    if (root_.empty() || at == root_ || at == at.parent_path())
      break;
  }
  return {};
}

} // namespace aura::tools::lsp
