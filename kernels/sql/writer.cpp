#include "kernels/sql/writer.hpp"

#include "kernels/base/random.hpp"
#include "kernels/sql/engine.hpp"

#include <cstring>
#include <new>

namespace aura::sql {

namespace {

struct free_block {
  void operator()(unsigned char* x) const noexcept {
    sqlite3_free(x);
  }
};

int bind(sqlite3_stmt* x, int index, const datum& value) {
  if (auto* i = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(x, index, *i);
  if (auto* d = std::get_if<double>(&value))
    return sqlite3_bind_double(x, index, *d);
  if (auto* t = std::get_if<std::string>(&value))
    return sqlite3_bind_text64(x, index, t->data(), t->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  return sqlite3_bind_null(x, index);
}

// One value of any kind, also a BLOB, that outlives its row.
struct free_value {
  void operator()(sqlite3_value* x) const noexcept {
    sqlite3_value_free(x);
  }
};

using value = std::unique_ptr<sqlite3_value, free_value>;

expected<std::vector<std::string>> strings(sqlite3* db, std::string_view sql) {
  auto query = prepare(db, sql);
  if (!query)
    return query.error();
  std::vector<std::string> out;
  auto code = SQLITE_ROW;
  while ((code = sqlite3_step(query->get())) == SQLITE_ROW) {
    auto* text = sqlite3_column_text(query->get(), 0);
    out.emplace_back(text ? reinterpret_cast<const char*>(text) : "");
  }
  if (code != SQLITE_DONE)
    return to_fault(db, code);
  return out;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (auto& x : items)
    out += (out.empty() ? "" : ", ") + x;
  return out;
}

status shuffle_table(sqlite3* db, const std::string& table,
                     random_stream& random) {
  auto columns = strings(db, "SELECT name FROM pragma_table_xinfo("
                               + to_literal(table) + ") WHERE hidden = 0");
  if (!columns)
    return columns.error();
  for (auto& x : *columns)
    x = quote(x);
  auto list = joined(*columns);
  auto select = prepare(db, "SELECT " + list + " FROM " + quote(table));
  if (!select)
    return select.error();
  auto width = static_cast<int>(columns->size());
  std::vector<std::vector<value>> rows;
  auto code = SQLITE_ROW;
  while ((code = sqlite3_step(select->get())) == SQLITE_ROW) {
    auto& row = rows.emplace_back();
    for (auto i = 0; i < width; ++i)
      row.emplace_back(
        sqlite3_value_dup(sqlite3_column_value(select->get(), i)));
  }
  if (code != SQLITE_DONE)
    return to_fault(db, code);
  select->reset();
  random.shuffle(rows);
  auto emptied = execute(db, ("DELETE FROM " + quote(table)).c_str());
  if (!emptied)
    return emptied;
  std::vector<std::string> marks(columns->size(), "?");
  auto insert = prepare(db, "INSERT INTO " + quote(table) + " (" + list
                              + ") VALUES (" + joined(marks) + ")");
  if (!insert)
    return insert.error();
  for (auto& row : rows) {
    for (auto i = 0; i < width; ++i)
      sqlite3_bind_value(insert->get(), i + 1,
                         row[static_cast<std::size_t>(i)].get());
    if (code = sqlite3_step(insert->get()); code != SQLITE_DONE)
      return to_fault(db, code);
    sqlite3_reset(insert->get());
  }
  return ok;
}

} // namespace

struct writer::state {
  handle db;

  // Runs `work` as one transaction, unless one is open already.
  template <class Work>
  status atomically(Work work) {
    auto alone = sqlite3_get_autocommit(db.get()) != 0;
    if (alone) {
      auto begun = sql::execute(db.get(), "BEGIN");
      if (!begun)
        return begun;
    }
    auto done = work();
    if (!alone)
      return done;
    if (done)
      return sql::execute(db.get(), "COMMIT");
    auto undone = sql::execute(db.get(), "ROLLBACK");
    return undone ? done : undone;
  }
};

writer::writer(std::unique_ptr<state> s) : state_{std::move(s)} {
}

writer::writer(writer&&) noexcept = default;
writer& writer::operator=(writer&&) noexcept = default;
writer::~writer() = default;

expected<writer> writer::create() {
  auto db = open_memory();
  if (!db)
    return db.error();
  auto s = std::make_unique<state>();
  s->db = *std::move(db);
  return writer{std::move(s)};
}

expected<writer> writer::from_image(std::string_view image) {
  auto out = create();
  if (!out || image.empty())
    return out;
  auto* db = out->state_->db.get();
  auto* bytes = static_cast<unsigned char*>(sqlite3_malloc64(image.size()));
  if (!bytes)
    return fault{errc::resource_limit, "no memory for a database"};
  std::memcpy(bytes, image.data(), image.size());
  auto size = static_cast<sqlite3_int64>(image.size());
  auto code = sqlite3_deserialize(db, "main", bytes, size, size,
                                  SQLITE_DESERIALIZE_FREEONCLOSE
                                    | SQLITE_DESERIALIZE_RESIZEABLE);
  if (code != SQLITE_OK)
    return to_fault(db, code);
  auto readable = sql::execute(db, "SELECT count(*) FROM sqlite_schema");
  if (!readable)
    return readable.error();
  return out;
}

status writer::execute(std::string_view sql) {
  return sql::execute(state_->db.get(), std::string{sql}.c_str());
}

status writer::insert(std::string_view table, const std::vector<record>& rows) {
  if (rows.empty())
    return ok;
  std::vector<std::string> marks(rows.front().size(), "?");
  auto* db = state_->db.get();
  auto compiled = prepare(db, "INSERT INTO " + quote(table) + " VALUES ("
                                + joined(marks) + ")");
  if (!compiled)
    return compiled.error();
  auto* insert = compiled->get();
  return state_->atomically([&]() -> status {
    for (auto& row : rows) {
      if (row.size() != marks.size())
        return fault{errc::sql_error,
                     "rows of different widths for " + std::string{table}};
      for (std::size_t i = 0; i < row.size(); ++i)
        if (auto code = bind(insert, static_cast<int>(i) + 1, row[i]);
            code != SQLITE_OK)
          return to_fault(db, code);
      auto code = sqlite3_step(insert);
      if (code != SQLITE_DONE)
        return to_fault(db, code);
      sqlite3_reset(insert);
    }
    return ok;
  });
}

status writer::shuffle(std::uint64_t seed) {
  auto* db = state_->db.get();
  auto tables = strings(db, "SELECT name FROM sqlite_schema WHERE "
                            "type = 'table' AND rootpage > 0 AND name NOT "
                            "LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
  if (!tables)
    return tables.error();
  return state_->atomically([&]() -> status {
    for (auto& table : *tables) {
      random_stream random{seed, table};
      auto done = shuffle_table(db, table, random);
      if (!done)
        return done;
    }
    return ok;
  });
}

expected<std::string> writer::image() {
  sqlite3_int64 size = 0;
  std::unique_ptr<unsigned char, free_block> bytes{
    sqlite3_serialize(state_->db.get(), "main", &size, 0)};
  if (!bytes && size > 0)
    return fault{errc::resource_limit, "no memory for the image"};
  return std::string{reinterpret_cast<const char*>(bytes.get()),
                     static_cast<std::size_t>(size)};
}

std::string quote(std::string_view name) {
  std::string out = "\"";
  for (auto c : name) {
    out += c;
    if (c == '"')
      out += c;
  }
  return out += '"';
}

} // namespace aura::sql
