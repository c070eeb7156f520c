#include "kernels/sql/connection.hpp"

#include "kernels/sql/answer.hpp"
#include "kernels/sql/authorizer.hpp"
#include "kernels/sql/engine.hpp"
#include "kernels/sql/memory.hpp"

#include <cassert>
#include <list>
#include <optional>

namespace aura::sql {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto steps_per_check = 1000;
constexpr std::size_t cached_statements = 64;

struct bound {
  int limit;
  int value;
};

constexpr bound bounds_of_sqlite[] = {
  {SQLITE_LIMIT_LENGTH, 65'536},
  {SQLITE_LIMIT_SQL_LENGTH, 65'536},
  {SQLITE_LIMIT_COLUMN, 100},
  {SQLITE_LIMIT_EXPR_DEPTH, 64},
  {SQLITE_LIMIT_COMPOUND_SELECT, 8},
  {SQLITE_LIMIT_VDBE_OP, 25'000},
  {SQLITE_LIMIT_FUNCTION_ARG, 16},
  {SQLITE_LIMIT_ATTACHED, 0},
  {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 128},
  {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
  {SQLITE_LIMIT_WORKER_THREADS, 0},
};

status apply_bounds(sqlite3* db) {
  for (auto [limit, value] : bounds_of_sqlite) {
    sqlite3_limit(db, limit, value);
    if (sqlite3_limit(db, limit, -1) != value)
      return fault{errc::internal,
                   "sqlite refused limit " + std::to_string(limit)};
  }
  return ok;
}

// What the progress handler watches while a statement runs.
struct watch {
  clock::time_point deadline;
  std::uint64_t steps_left = 0;
  std::optional<fault> reason;
};

int on_progress(void* argument) {
  auto& x = *static_cast<watch*>(argument);
  if (x.steps_left < steps_per_check) {
    x.reason = fault{errc::resource_limit, "the step budget is spent"};
    return 1;
  }
  x.steps_left -= steps_per_check;
  if (clock::now() < x.deadline)
    return 0;
  x.reason = fault{errc::timeout, "the deadline passed"};
  return 1;
}

// A statement goes back to the cache reset and without its parameters, which
// belong to the caller.
struct reset_statement {
  void operator()(sqlite3_stmt* x) const noexcept {
    sqlite3_reset(x);
    sqlite3_clear_bindings(x);
  }
};

using running = std::unique_ptr<sqlite3_stmt, reset_statement>;

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

std::string_view text_at(sqlite3_stmt* x, int column) {
  auto* data = reinterpret_cast<const char*>(sqlite3_column_text(x, column));
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(x, column));
  return data ? std::string_view{data, size} : std::string_view{};
}

} // namespace

struct connection::state {
  std::filesystem::path file;
  std::shared_ptr<const image_set> images;
  open_options options;

  // In this order: statements go before the handle, the handle before what
  // guards it.
  std::unique_ptr<authorizer> guard;
  sql::watch watch;
  handle db;
  std::size_t shown = 0;

  struct cached {
    std::string sql;
    statement compiled;
  };
  std::list<cached> recent; // the last used first
  std::unordered_map<std::string_view, std::list<cached>::iterator> by_text;

  status open();
  void discard();
  expected<sqlite3_stmt*> compile(std::string_view sql);
  fault failed(int code, running ended = nullptr);

  template <class Sink>
  auto answer(std::string_view sql, const std::vector<datum>& parameters,
              const limits& bounds, std::size_t image)
    -> expected<decltype(std::declval<Sink>().finish())>;
};

status connection::state::open() {
  auto fresh = images ? open_window() : open_file(file);
  if (!fresh)
    return fresh.error();
  auto* raw = fresh->get();
  if (images)
    show(raw, (*images)[0]);
  auto hardened = harden(raw, options.views);
  if (!hardened)
    return hardened;
  auto learnt = authorizer::learn(raw, options.views);
  if (!learnt)
    return learnt.error();
  if (options.reverse_unordered) {
    auto turned = execute(raw, "PRAGMA reverse_unordered_selects = ON");
    if (!turned)
      return turned;
  }
  auto bounded = apply_bounds(raw);
  if (!bounded)
    return bounded;
  guard = *std::move(learnt);
  guard->guard(raw);
  sqlite3_progress_handler(raw, steps_per_check, on_progress, &watch);
  db = *std::move(fresh);
  shown = 0;
  return ok;
}

void connection::state::discard() {
  by_text.clear();
  recent.clear();
  db.reset();
  guard.reset();
}

// The reason why SQLite returned `code`. What might have left the connection
// inconsistent makes the next query open a new one.
fault connection::state::failed(int code, running ended) {
  auto interrupted = (code & 0xff) == SQLITE_INTERRUPT && watch.reason;
  auto reason = interrupted ? *watch.reason : to_fault(db.get(), code);
  ended.reset(); // after its message was read, before its handle may go
  switch (code & 0xff) {
  case SQLITE_NOMEM:
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_MISUSE:
    discard();
    break;
  default:
    break;
  }
  return reason;
}

expected<sqlite3_stmt*> connection::state::compile(std::string_view sql) {
  if (auto found = by_text.find(sql); found != by_text.end()) {
    recent.splice(recent.begin(), recent, found->second);
    return recent.front().compiled.get();
  }
  if (sql.size() > 65'536)
    return fault{errc::resource_limit, "a statement of more than 65536 bytes"};
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  auto code
    = sqlite3_prepare_v3(db.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &raw, &tail);
  statement compiled{raw};
  if (code != SQLITE_OK)
    return failed(code);
  auto rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  if (!raw || rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
    return fault{errc::denied, "not exactly one statement"};
  if (!sqlite3_stmt_readonly(raw) || sqlite3_stmt_isexplain(raw) != 0
      || sqlite3_column_count(raw) == 0)
    return fault{errc::denied, "not a SELECT"};
  if (recent.size() == cached_statements) {
    by_text.erase(recent.back().sql);
    recent.pop_back();
  }
  recent.push_front({std::string{sql}, std::move(compiled)});
  by_text.emplace(recent.front().sql, recent.begin());
  return raw;
}

template <class Sink>
auto connection::state::answer(std::string_view sql,
                               const std::vector<datum>& parameters,
                               const limits& bounds, std::size_t image)
  -> expected<decltype(std::declval<Sink>().finish())> {
  memory_budget budget{bounds.memory};
  watch = {clock::now() + bounds.deadline, bounds.steps, std::nullopt};
  if (bounds.deadline.count() <= 0)
    return fault{errc::timeout, "the deadline passed"};
  if (!db) {
    auto opened = open();
    if (!opened)
      return opened.error();
  }
  if (images && shown != image) {
    assert(image < images->size());
    show(db.get(), (*images)[image]);
    shown = image;
  }
  auto compiled = compile(sql);
  if (!compiled)
    return compiled.error();
  auto* raw = *compiled;
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(raw))
      != parameters.size())
    return fault{
      errc::sql_error,
      "a statement with " + std::to_string(sqlite3_bind_parameter_count(raw))
        + " parameters was given " + std::to_string(parameters.size())};
  running guarded{raw};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto code = bind(raw, static_cast<int>(i) + 1, parameters[i]);
    if (code != SQLITE_OK)
      return failed(code, std::move(guarded));
  }
  Sink sink{raw};
  tally used{bounds};
  auto width = sqlite3_column_count(raw);
  auto code = SQLITE_ROW;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    if (!used.add_row(static_cast<std::size_t>(width)))
      return used.reason();
    sink.begin_row();
    for (auto i = 0; i < width; ++i) {
      switch (sqlite3_column_type(raw, i)) {
      case SQLITE_NULL:
        sink.add(datum{});
        break;
      case SQLITE_INTEGER:
        sink.add(datum{std::int64_t{sqlite3_column_int64(raw, i)}});
        break;
      case SQLITE_FLOAT:
        sink.add(datum{sqlite3_column_double(raw, i)});
        break;
      case SQLITE_TEXT: {
        auto text = text_at(raw, i);
        // Turning it into UTF-8 may take more memory than there is.
        if (!text.data())
          return failed(SQLITE_NOMEM, std::move(guarded));
        if (!used.add_text(text.size()))
          return used.reason();
        sink.add(text);
        break;
      }
      default:
        return fault{errc::unsupported,
                     "column " + std::string{sqlite3_column_name(raw, i)}
                       + " holds a BLOB"};
      }
    }
    sink.end_row();
  }
  if (code == SQLITE_DONE)
    return sink.finish();
  return failed(code, std::move(guarded));
}

connection::connection() = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

connection::connection(std::unique_ptr<state> s) : state_{std::move(s)} {
}

expected<connection> connection::open(const std::filesystem::path& file,
                                      const open_options& options) {
  auto s = std::make_unique<state>();
  s->file = file;
  s->options = options;
  auto opened = s->open();
  if (!opened)
    return opened.error();
  return connection{std::move(s)};
}

expected<connection> connection::open_image(std::string_view image,
                                            const open_options& options) {
  return open_image(std::make_shared<const std::string>(image), options);
}

expected<connection>
connection::open_image(std::shared_ptr<const std::string> image,
                       const open_options& options) {
  return open_images(image_set::single(std::move(image)), options);
}

expected<connection>
connection::open_images(std::shared_ptr<const image_set> images,
                        const open_options& options) {
  auto s = std::make_unique<state>();
  s->images = std::move(images);
  s->options = options;
  auto opened = s->open();
  if (!opened)
    return opened.error();
  return connection{std::move(s)};
}

expected<result> connection::run(std::string_view sql,
                                 const std::vector<datum>& parameters,
                                 const limits& bounds, std::size_t image) {
  if (!state_)
    return fault{errc::internal, "a connection to nothing"};
  return state_->answer<collector>(sql, parameters, bounds, image);
}

expected<digest> connection::summarise(std::string_view sql,
                                       const std::vector<datum>& parameters,
                                       const limits& bounds,
                                       std::size_t image) {
  if (!state_)
    return fault{errc::internal, "a connection to nothing"};
  return state_->answer<summary>(sql, parameters, bounds, image);
}

} // namespace aura::sql
