#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What aggregate functions of our own are built of. Not for other rooms: it
/// includes SQLite.
namespace aura::sql {

/// Takes memory from SQLite, so that the budget of a query covers what its
/// aggregates keep.
template <class T>
struct budgeted {
  using value_type = T;

  budgeted() = default;

  template <class U>
  budgeted(const budgeted<U>&) noexcept {
  }

  T* allocate(std::size_t count) {
    auto* block = sqlite3_malloc64(count * sizeof(T));
    if (!block)
      throw std::bad_alloc{};
    return static_cast<T*>(block);
  }

  void deallocate(T* block, std::size_t) noexcept {
    sqlite3_free(block);
  }

  template <class U>
  bool operator==(const budgeted<U>&) const noexcept {
    return true;
  }
};

template <class T>
using list = std::vector<T, budgeted<T>>;
using text = std::basic_string<char, std::char_traits<char>, budgeted<char>>;
using arguments = std::span<sqlite3_value*>;

inline bool is_null(sqlite3_value* x) {
  return sqlite3_value_type(x) == SQLITE_NULL;
}

inline std::string_view view(sqlite3_value* x) {
  auto* data = reinterpret_cast<const char*>(sqlite3_value_text(x));
  auto size = static_cast<std::size_t>(sqlite3_value_bytes(x));
  if (!data && size != 0)
    throw std::bad_alloc{};
  return {data ? data : "", size};
}

/// The values of a frame in arrival order, where the oldest leaves first.
template <class T>
class queue {
public:
  void push(T x) {
    items_.push_back(std::move(x));
  }

  void pop() {
    ++first_;
    if (first_ > 32 && first_ * 2 > items_.size()) {
      items_.erase(items_.begin(),
                   items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  std::span<const T> items() const {
    return std::span{items_}.subspan(first_);
  }

private:
  list<T> items_;
  std::size_t first_ = 0;
};

/// What SQLite calls for an aggregate whose state is a State. The state lives
/// on SQLite's heap, behind a pointer that SQLite keeps per group.
template <class State>
struct adapter {
  static State* find(sqlite3_context* context, bool create) {
    auto* slot = static_cast<State**>(
      sqlite3_aggregate_context(context, create ? sizeof(State*) : 0));
    if (!slot) {
      if (create)
        throw std::bad_alloc{};
      return nullptr;
    }
    if (!*slot && create)
      *slot = ::new (budgeted<State>{}.allocate(1)) State{};
    return *slot;
  }

  template <class Function>
  static void guarded(sqlite3_context* context, Function f) noexcept {
    try {
      f();
    } catch (const std::bad_alloc&) {
      sqlite3_result_error_nomem(context);
    } catch (...) {
      sqlite3_result_error_toobig(context);
    }
  }

  static void step(sqlite3_context* context, int count, sqlite3_value** x) {
    guarded(context, [&] {
      find(context, true)
        ->step(context, arguments{x, static_cast<std::size_t>(count)});
    });
  }

  static void inverse(sqlite3_context* context, int count, sqlite3_value** x) {
    guarded(context, [&] {
      if (auto* state = find(context, false))
        state->inverse(context, arguments{x, static_cast<std::size_t>(count)});
    });
  }

  static void value(sqlite3_context* context) {
    guarded(context, [&] {
      if (auto* state = find(context, false))
        state->value(context);
      else
        State{}.value(context);
    });
  }

  static void finish(sqlite3_context* context) {
    value(context);
    auto* state = find(context, false);
    if (!state)
      return;
    state->~State();
    budgeted<State>{}.deallocate(state, 1);
  }

  static int add(sqlite3* db, const char* name, int count) {
    return sqlite3_create_window_function(
      db, name, count, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
      nullptr, step, finish, value, inverse, nullptr);
  }
};

/// MEDIAN, PERCENTILE, VARIANCE, STDDEV. Returns a result code of SQLite.
int add_spreads(sqlite3* db);

/// ARG_MAX, ARG_MIN, STRING_AGG.
int add_choices(sqlite3* db);

/// Adds aura_log10. Returns a result code of SQLite.
int add_logarithms(sqlite3* db);

/// Adds aura_moment. Returns a result code of SQLite.
int add_moments(sqlite3* db);

} // namespace aura::sql
