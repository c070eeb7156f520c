#include "actors/flow/row_store.hpp"

#include "actors/flow/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace aura::flow {

namespace {

/// Bytes that wait in memory before they are written, and that are read ahead.
constexpr std::size_t block = std::size_t{1} << 20;

void put(std::string& out, std::uint64_t x) {
  for (; x >= 0x80; x >>= 7)
    out += static_cast<char>(x | 0x80);
  out += static_cast<char>(x);
}

void put(std::string& out, std::string_view x) {
  put(out, std::uint64_t{x.size()});
  out += x;
}

/// Reads what `put` wrote. @pre the bytes are those of a whole row
struct taker {
  const char* at;

  std::uint64_t number() {
    auto x = std::uint64_t{0};
    for (auto shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      x |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80)
        return x;
    }
  }

  void text(std::string& x) {
    const auto size = static_cast<std::size_t>(number());
    x.assign(at, size);
    at += size;
  }
};

void pack(std::string& out, const sample& x) {
  put(out, x.id);
  put(out, x.family);
  put(out, std::uint64_t{x.schema});
  put(out, x.query);
  put(out, x.structure);
  put(out, x.question);
  put(out, x.style);
  put(out, x.split);
  put(out, static_cast<std::uint64_t>(x.rejected));
  put(out, x.reason);
  put(out, x.rejected_by);
  put(out, std::uint64_t{x.tables.size()});
  for (const auto& table : x.tables)
    put(out, table);
}

void unpack(taker from, sample& x) {
  x.id = from.number();
  x.family = from.number();
  x.schema = static_cast<std::uint32_t>(from.number());
  from.text(x.query);
  from.text(x.structure);
  from.text(x.question);
  from.text(x.style);
  from.text(x.split);
  x.rejected = static_cast<errc>(from.number());
  from.text(x.reason);
  from.text(x.rejected_by);
  x.tables.resize(static_cast<std::size_t>(from.number()));
  for (auto& table : x.tables)
    from.text(table);
}

/// A file that is gone as soon as it is closed.
int open_nameless(const std::filesystem::path& folder) {
  const auto nameless
    = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0
      || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return nameless;
  // Some file systems cannot do without a name.
  auto name = (folder / ".rows-XXXXXX").string();
  const auto named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0)
    ::unlink(name.c_str());
  return named;
}

} // namespace

/// Every row is its length in four bytes and then its fields. `tail` is what
/// has not been written yet, or everything where there is no folder.
struct row_store::state {
  std::filesystem::path folder;
  int descriptor = -1;
  std::uint64_t written = 0;
  std::string tail;
  std::string row;
  std::uint64_t size = 0;

  ~state() { // closes the file, which ends it
    if (descriptor >= 0)
      ::close(descriptor);
  }

  status spill();
};

status row_store::state::spill() {
  if (descriptor < 0)
    descriptor = open_nameless(folder);
  if (descriptor < 0)
    return system_fault("cannot keep rows in", folder);
  for (auto rest = std::string_view{tail}; !rest.empty();) {
    const auto n = ::pwrite(descriptor, rest.data(), rest.size(),
                            static_cast<off_t>(written));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return system_fault("cannot keep rows in", folder);
    rest.remove_prefix(static_cast<std::size_t>(n));
    written += static_cast<std::uint64_t>(n);
  }
  tail.clear();
  return ok;
}

row_store::row_store(std::filesystem::path folder)
  : state_{std::make_unique<state>()} {
  state_->folder = std::move(folder);
}

row_store::row_store(row_store&&) noexcept = default;
row_store& row_store::operator=(row_store&&) noexcept = default;
row_store::~row_store() = default;

status row_store::add(const sample& x) {
  auto& s = *state_;
  s.row.clear();
  pack(s.row, x);
  const auto length = static_cast<std::uint32_t>(s.row.size());
  s.tail.append(reinterpret_cast<const char*>(&length), sizeof length);
  s.tail += s.row;
  ++s.size;
  if (s.tail.size() < block || s.folder.empty())
    return ok;
  return s.spill();
}

std::uint64_t row_store::size() const {
  return state_->size;
}

row_store row_store::another() const {
  return row_store{state_->folder};
}

struct row_store::reader::state {
  const row_store::state* from = nullptr;
  std::uint64_t left = 0;
  /// What was read of the file but not taken, and where the file goes on.
  std::string ahead;
  std::size_t taken = 0;
  std::uint64_t at = 0;
  std::size_t tail = 0;

  /// The next `size` bytes, or nothing and `errno`.
  const char* take(std::size_t size);
};

const char* row_store::reader::state::take(std::size_t size) {
  // A row is either in the file or in the tail, never in both.
  if (taken == ahead.size() && at == from->written) {
    const auto* bytes = from->tail.data() + tail;
    tail += size;
    return bytes;
  }
  if (ahead.size() - taken < size) {
    ahead.erase(0, taken);
    taken = 0;
    auto have = ahead.size();
    const auto wanted = std::max(size, block);
    ahead.resize(static_cast<std::size_t>(
      std::min<std::uint64_t>(wanted, have + (from->written - at))));
    while (have < ahead.size()) {
      const auto n = ::pread(from->descriptor, ahead.data() + have,
                             ahead.size() - have, static_cast<off_t>(at));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0) {
        errno = n == 0 ? EIO : errno;
        return nullptr;
      }
      have += static_cast<std::size_t>(n);
      at += static_cast<std::uint64_t>(n);
    }
  }
  const auto* bytes = ahead.data() + taken;
  taken += size;
  return bytes;
}

row_store::reader::reader(const row_store& from)
  : state_{std::make_unique<state>()} {
  state_->from = from.state_.get();
  state_->left = from.size();
}

row_store::reader::reader(reader&&) noexcept = default;
row_store::reader& row_store::reader::operator=(reader&&) noexcept = default;
row_store::reader::~reader() = default;

expected<bool> row_store::reader::next(sample& row) {
  if (state_->left == 0)
    return false;
  auto length = std::uint32_t{0};
  const auto* head = state_->take(sizeof length);
  if (!head)
    return system_fault("cannot read rows kept in", state_->from->folder);
  std::memcpy(&length, head, sizeof length);
  const auto* bytes = state_->take(length);
  if (!bytes)
    return system_fault("cannot read rows kept in", state_->from->folder);
  unpack({bytes}, row);
  --state_->left;
  return true;
}

std::uint64_t row_store::reader::left() const {
  return state_->left;
}

} // namespace aura::flow
