#include "kernels/sql/catalog.hpp"

#include "kernels/sql/engine.hpp"
#include "kernels/sql/images.hpp"
#include "kernels/sql/writer.hpp"

#include <algorithm>
#include <map>

namespace aura::sql {

namespace {

bool is_utf8(std::string_view x) {
  std::size_t i = 0;
  auto continues = [&x](std::size_t place) {
    return place < x.size()
           && (static_cast<unsigned char>(x[place]) & 0xc0) == 0x80;
  };
  while (i < x.size()) {
    auto byte = static_cast<unsigned char>(x[i]);
    if (byte < 0x80) {
      ++i;
      continue;
    }
    auto more = byte >= 0xf0 ? 3u : byte >= 0xe0 ? 2u : 1u;
    if (byte < 0xc2 || byte > 0xf4)
      return false;
    for (auto k = 1u; k <= more; ++k)
      if (!continues(i + k))
        return false;
    auto next = static_cast<unsigned char>(x[i + 1]);
    // Overlong forms, surrogates, and what lies beyond Unicode.
    if ((byte == 0xe0 && next < 0xa0) || (byte == 0xed && next > 0x9f)
        || (byte == 0xf0 && next < 0x90) || (byte == 0xf4 && next > 0x8f))
      return false;
    i += more + 1;
  }
  return true;
}

// The cell as a datum. NULL stands for a BLOB and for bytes that are no text.
datum cell(sqlite3_stmt* row, int column) {
  switch (sqlite3_column_type(row, column)) {
  case SQLITE_INTEGER:
    return std::int64_t{sqlite3_column_int64(row, column)};
  case SQLITE_FLOAT:
    return sqlite3_column_double(row, column);
  case SQLITE_TEXT: {
    auto* data
      = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
    std::string out{data ? data : "", data ? size : 0};
    return is_utf8(out) ? datum{std::move(out)} : datum{};
  }
  default:
    return {};
  }
}

std::string text_of(const datum& x) {
  auto* text = std::get_if<std::string>(&x);
  return text ? *text : std::string{};
}

std::int64_t integer_of(const datum& x) {
  auto* i = std::get_if<std::int64_t>(&x);
  return i ? *i : 0;
}

std::string quoted_list(const catalog_key& columns, std::string_view prefix) {
  std::string out;
  for (auto& x : columns) {
    out += out.empty() ? "" : ", ";
    out += prefix;
    out += quote(x);
  }
  return out;
}

std::string no_nulls(const catalog_key& columns, std::string_view prefix) {
  std::string out;
  for (auto& x : columns) {
    out += out.empty() ? "" : " AND ";
    out += prefix;
    out += quote(x) + " IS NOT NULL";
  }
  return out;
}

catalog_kind kind_of(std::string_view type) {
  if (type == "view")
    return catalog_kind::view;
  if (type == "virtual")
    return catalog_kind::virtual_table;
  return type == "shadow" ? catalog_kind::shadow : catalog_kind::table;
}

constexpr auto steps_per_check = 10'000;

int on_progress(void* argument) {
  auto& left = *static_cast<std::uint64_t*>(argument);
  if (left < steps_per_check)
    return 1;
  left -= steps_per_check;
  return 0;
}

} // namespace

struct catalog::state {
  std::shared_ptr<const std::string> image; // outlives the handle
  std::uint64_t most_steps = 2'000'000'000;
  std::uint64_t steps_left = most_steps; // outlives it, too
  handle db;

  expected<std::vector<record>>
  rows(std::string_view sql, const std::vector<std::string>& texts = {}) {
    steps_left = most_steps;
    auto query = prepare(db.get(), sql);
    if (!query)
      return query.error();
    auto* row = query->get();
    for (std::size_t i = 0; i < texts.size(); ++i)
      sqlite3_bind_text(row, static_cast<int>(i) + 1, texts[i].data(),
                        static_cast<int>(texts[i].size()), SQLITE_STATIC);
    std::vector<record> out;
    auto code = SQLITE_ROW;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
      auto& cells = out.emplace_back();
      for (auto i = 0; i < sqlite3_column_count(row); ++i)
        cells.push_back(cell(row, i));
    }
    if (code != SQLITE_DONE)
      return to_fault(db.get(), code);
    return out;
  }

  expected<std::int64_t> number(std::string_view sql) {
    auto found = rows(sql);
    if (!found)
      return found.error();
    return found->empty() ? 0 : integer_of(found->front().front());
  }

  status read_columns(catalog_table& x);
  status read_keys(catalog_table& x);
  status read_foreign_keys(catalog_table& x);
  static expected<catalog> finish(std::unique_ptr<state> s);
};

status catalog::state::read_columns(catalog_table& x) {
  auto columns = rows("SELECT name, type, \"notnull\", pk, hidden FROM "
                      "pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
                      {x.name});
  if (!columns)
    return columns.error();
  std::map<std::int64_t, std::string> key;
  for (auto& row : *columns) {
    auto place = integer_of(row[3]);
    x.columns.push_back({text_of(row[0]), text_of(row[1]),
                         integer_of(row[2]) != 0, static_cast<int>(place),
                         integer_of(row[4]) != 0});
    if (place > 0)
      key.emplace(place, text_of(row[0]));
  }
  for (auto& [place, name] : key)
    x.primary_key.push_back(name);
  return ok;
}

status catalog::state::read_keys(catalog_table& x) {
  auto indexes = rows("SELECT name FROM pragma_index_list(?1) WHERE "
                      "\"unique\" = 1 AND partial = 0 AND origin <> 'pk' "
                      "ORDER BY seq DESC",
                      {x.name});
  if (!indexes)
    return indexes.error();
  for (auto& index : *indexes) {
    auto columns = rows("SELECT name FROM pragma_index_info(?1) ORDER BY seqno",
                        {text_of(index[0])});
    if (!columns)
      return columns.error();
    catalog_key key;
    for (auto& row : *columns)
      key.push_back(text_of(row[0]));
    // An index over an expression has a part without a name.
    if (!key.empty() && std::ranges::find(key, "") == key.end())
      x.unique.push_back(std::move(key));
  }
  return ok;
}

status catalog::state::read_foreign_keys(catalog_table& x) {
  auto parts = rows("SELECT id, \"table\", \"from\", \"to\" FROM "
                    "pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
                    {x.name});
  if (!parts)
    return parts.error();
  std::int64_t last = -1;
  for (auto& row : *parts) {
    if (x.foreign_keys.empty() || integer_of(row[0]) != last)
      x.foreign_keys.push_back({{}, text_of(row[1]), {}});
    last = integer_of(row[0]);
    x.foreign_keys.back().columns.push_back(text_of(row[2]));
    if (!is_null(row[3]))
      x.foreign_keys.back().to_columns.push_back(text_of(row[3]));
  }
  return ok;
}

catalog::catalog(std::unique_ptr<state> s) : state_{std::move(s)} {
}

catalog::catalog(catalog&&) noexcept = default;
catalog& catalog::operator=(catalog&&) noexcept = default;
catalog::~catalog() = default;

expected<catalog> catalog::state::finish(std::unique_ptr<state> s) {
  if (auto hardened = harden(s->db.get(), true); !hardened)
    return hardened.error();
  sqlite3_progress_handler(s->db.get(), steps_per_check, on_progress,
                           &s->steps_left);
  // Reads the header, which opening does not.
  if (auto readable = s->rows("SELECT count(*) FROM sqlite_schema"); !readable)
    return readable.error();
  return catalog{std::move(s)};
}

expected<catalog> catalog::open(const std::filesystem::path& file) {
  auto db = open_file(file);
  if (!db)
    return db.error();
  auto s = std::make_unique<state>();
  s->db = *std::move(db);
  auto out = state::finish(std::move(s));
  if (!out)
    return fault{out.error().code,
                 "cannot read " + file.string() + ": " + out.error().message};
  return out;
}

expected<catalog> catalog::open_image(std::string_view image) {
  auto db = open_window();
  if (!db)
    return db.error();
  auto s = std::make_unique<state>();
  s->image = std::make_shared<const std::string>(image);
  s->db = *std::move(db);
  show(s->db.get(), *s->image);
  return state::finish(std::move(s));
}

void catalog::limit_steps(std::uint64_t steps) {
  state_->most_steps = steps;
}

expected<std::vector<catalog_table>> catalog::tables() {
  auto listed = state_->rows("SELECT name, type FROM pragma_table_list WHERE "
                             "schema = 'main' AND name NOT LIKE 'sqlite\\_%' "
                             "ESCAPE '\\' ORDER BY name");
  if (!listed)
    return listed.error();
  std::vector<catalog_table> out;
  for (auto& row : *listed) {
    auto& x = out.emplace_back();
    x.name = text_of(row[0]);
    x.kind = kind_of(text_of(row[1]));
    auto read = state_->read_columns(x);
    if (read && x.columns.empty())
      read = fault{errc::sql_error, "its columns cannot be read"};
    if (read && x.kind == catalog_kind::table)
      read = state_->read_keys(x);
    if (read && x.kind == catalog_kind::table)
      read = state_->read_foreign_keys(x);
    if (!read)
      x.trouble = read.error().message;
  }
  return out;
}

expected<std::int64_t> catalog::count_rows(std::string_view table) {
  return state_->number("SELECT count(*) FROM " + quote(table));
}

expected<column_profile> catalog::profile(std::string_view table,
                                          std::string_view column,
                                          std::size_t frequent) {
  auto name = quote(column);
  auto from = " FROM " + quote(table);
  // One pass over the groups; text is compared by bytes whatever the column's
  // own collation.
  state_->steps_left = state_->most_steps;
  auto query = prepare(state_->db.get(), "SELECT " + name + ", count(*)" + from
                                           + " GROUP BY typeof(" + name + "), "
                                           + name + " COLLATE BINARY");
  if (!query)
    return query.error();
  column_profile out;
  std::vector<std::pair<datum, std::int64_t>> common;
  auto more_frequent = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  auto keep_best = [&](std::size_t count) {
    std::ranges::sort(common, more_frequent);
    common.resize(std::min(common.size(), count));
  };
  auto less = [](const datum& a, const datum& b) {
    auto* x = std::get_if<std::string>(&a);
    auto* y = std::get_if<std::string>(&b);
    if (x || y)
      return x && y ? *x < *y : y != nullptr;
    auto number = [](const datum& n) {
      auto* i = std::get_if<std::int64_t>(&n);
      return i ? static_cast<long double>(*i)
               : static_cast<long double>(std::get<double>(n));
    };
    return number(a) < number(b);
  };
  auto* row = query->get();
  auto code = SQLITE_ROW;
  while ((code = sqlite3_step(row)) == SQLITE_ROW) {
    auto type = sqlite3_column_type(row, 0);
    auto value = cell(row, 0);
    auto count = std::int64_t{sqlite3_column_int64(row, 1)};
    out.rows += count;
    auto& counter = type == SQLITE_NULL      ? out.nulls
                    : type == SQLITE_INTEGER ? out.integers
                    : type == SQLITE_FLOAT   ? out.reals
                    : type == SQLITE_TEXT    ? out.texts
                                             : out.blobs;
    counter += count;
    if (type == SQLITE_TEXT && is_null(value))
      out.not_utf8 += count;
    if (is_null(value))
      continue;
    ++out.distinct;
    if (is_null(out.low) || less(value, out.low))
      out.low = value;
    if (is_null(out.high) || less(out.high, value))
      out.high = value;
    common.emplace_back(std::move(value), count);
    if (common.size() >= 2 * frequent + 1024)
      keep_best(frequent);
  }
  if (code != SQLITE_DONE)
    return to_fault(state_->db.get(), code);
  keep_best(frequent);
  out.frequent = std::move(common);
  return out;
}

expected<std::vector<record>> catalog::sample_rows(std::string_view table,
                                                   std::size_t count) {
  return state_->rows("SELECT * FROM " + quote(table) + " LIMIT "
                      + std::to_string(count));
}

expected<bool> catalog::unique(std::string_view table,
                               const catalog_key& columns) {
  auto list = quoted_list(columns, "");
  auto found = state_->rows("SELECT 1 FROM " + quote(table) + " WHERE "
                            + no_nulls(columns, "") + " GROUP BY " + list
                            + " HAVING count(*) > 1 LIMIT 1");
  if (!found)
    return found.error();
  return found->empty();
}

expected<std::int64_t> catalog::orphans(std::string_view from,
                                        const catalog_key& columns,
                                        std::string_view to,
                                        const catalog_key& to_columns) {
  // An IN over a subquery builds its index once; a correlated EXISTS would
  // scan the parent for every row unless the parent has an index of its own.
  return state_->number("SELECT count(*) FROM " + quote(from) + " AS c WHERE "
                        + no_nulls(columns, "c.") + " AND ("
                        + quoted_list(columns, "c.") + ") NOT IN (SELECT "
                        + quoted_list(to_columns, "p.") + " FROM " + quote(to)
                        + " AS p WHERE " + no_nulls(to_columns, "p.") + ")");
}

} // namespace aura::sql
