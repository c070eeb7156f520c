// Kills a process at every call that a journal makes of the operating system:
// before it, halfway through a write, and after it. The functions at the end of
// this file stand in for those of the C library, which is why these cases have
// a program of their own.

#include "actors/flow/journal.hpp"
#include "actors/flow/journal_scan.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

enum class moment { before, halfway, after };

// The call at which this process dies, counted from 1; 0: never.
int fatal_call = 0;
int calls = 0;
moment when = moment::before;

bool is_fatal(moment x) {
  return calls == fatal_call && when == x;
}

void die() {
  ::kill(::getpid(), SIGKILL);
}

} // namespace

extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  ++calls;
  if (is_fatal(moment::before))
    die();
  const auto half = is_fatal(moment::halfway);
  const auto written
    = ::syscall(SYS_pwrite64, file, bytes, half ? size / 2 : size, at);
  if (half || is_fatal(moment::after))
    die();
  return written;
}

extern "C" int fdatasync(int file) {
  ++calls;
  if (is_fatal(moment::before) || is_fatal(moment::halfway))
    die();
  const auto result = static_cast<int>(::syscall(SYS_fdatasync, file));
  if (is_fatal(moment::after))
    die();
  return result;
}

extern "C" int rename(const char* from, const char* to) noexcept {
  ++calls;
  if (is_fatal(moment::before) || is_fatal(moment::halfway))
    die();
  const auto result = static_cast<int>(::syscall(SYS_rename, from, to));
  if (is_fatal(moment::after))
    die();
  return result;
}

namespace aura::flow {
namespace {

constexpr auto keys = 9;

std::string key_of(int i) {
  return "key " + std::to_string(i);
}

std::string answer_of(int i) {
  return std::string(static_cast<std::size_t>(10 + 7 * i), 'a');
}

/// What a run does with a journal: asks what is not there yet, in groups.
/// Writes a byte for each answer that is safe on the disk.
bool buy(const std::filesystem::path& file, int acknowledge) {
  auto x = journal::open(file);
  if (!x)
    return false;
  for (auto first = 0; first < keys; first += 3) {
    auto group = std::string{};
    for (auto i = first; i < first + 3; ++i) {
      const auto kept = x->find(key_of(i));
      if (!kept)
        return false;
      if (*kept)
        continue;
      if (!x->intend(key_of(i)) || !x->finish(key_of(i), answer_of(i)))
        return false;
      group += static_cast<char>(i);
    }
    if (!x->sync())
      return false;
    if (!group.empty()
        && ::write(acknowledge, group.data(), group.size())
             != static_cast<ssize_t>(group.size()))
      return false;
  }
  return true;
}

class Crash : public ::testing::Test {
protected:
  Crash() {
    std::filesystem::create_directories(folder);
  }

  ~Crash() override {
    std::filesystem::remove_all(folder);
  }

  /// Runs `work` in a process that dies at the given moment of the given call.
  /// Returns whether it died, and what it said until then.
  template <class Work>
  std::pair<bool, std::string> try_out(int call, moment at, Work work) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      calls = 0;
      fatal_call = call;
      when = at;
      ::_exit(work(ends[1]) ? 0 : 1);
    }
    ::close(ends[1]);
    auto said = std::string{};
    auto byte = char{};
    while (::read(ends[0], &byte, 1) == 1)
      said += byte;
    ::close(ends[0]);
    auto state = 0;
    ::waitpid(child, &state, 0);
    const auto died = WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL;
    EXPECT_TRUE(died || (WIFEXITED(state) && WEXITSTATUS(state) == 0));
    return {died, said};
  }

  std::string bytes() const {
    auto in = std::ifstream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  std::filesystem::path folder = std::filesystem::path{::testing::TempDir()}
                                 / ("aura-crash-" + std::to_string(::getpid()));
  std::filesystem::path file = folder / "answers.journal";
};

TEST_F(Crash, LosesNoAcknowledgedAnswerWhereverItDies) {
  auto deaths = 0;
  for (const auto at : {moment::before, moment::halfway, moment::after})
    for (auto call = 1;; ++call) {
      std::filesystem::remove(file);
      const auto [died, safe]
        = try_out(call, at, [&](int to) { return buy(file, to); });
      if (!died)
        break;
      ++deaths;
      auto answers = std::size_t{0};
      {
        const auto x = journal::open(file);
        ASSERT_TRUE(x) << x.error().message;
        for (const auto i : safe)
          EXPECT_EQ(**x->find(key_of(i)), answer_of(i));
        answers = x->finished();
        EXPECT_GE(answers, safe.size());
        EXPECT_EQ(x->duplicates(), 0u);
      }
      // The run goes on, buys only what is missing, and then all is there once.
      const auto [again, bought]
        = try_out(0, at, [&](int to) { return buy(file, to); });
      EXPECT_FALSE(again);
      EXPECT_EQ(bought.size(), keys - answers);
      const auto x = journal::open(file);
      ASSERT_TRUE(x);
      EXPECT_EQ(x->warning(), "");
      EXPECT_EQ(x->finished(), static_cast<std::size_t>(keys));
      EXPECT_EQ(x->duplicates(), 0u);
      for (auto i = 0; i < keys; ++i)
        EXPECT_EQ(**x->find(key_of(i)), answer_of(i));
    }
  // A mark, an intention and an answer for each key, and four syncs: the calls
  // were really counted.
  EXPECT_EQ(deaths, 3 * (1 + 2 * keys + 4));
}

TEST_F(Crash, LeavesTheOldJournalOrTheCompactedOne) {
  ASSERT_TRUE(buy(file, ::open("/dev/null", O_WRONLY | O_CLOEXEC)));
  const auto before = bytes();
  ASSERT_TRUE(compact_journal(file));
  const auto after = bytes();
  ASSERT_LT(after.size(), before.size());
  auto seen_old = 0;
  auto seen_new = 0;
  for (const auto at : {moment::before, moment::after}) {
    std::ofstream{file, std::ios::binary} << before;
    const auto [died, said]
      = try_out(1, at, [&](int) { return bool{compact_journal(file)}; });
    EXPECT_TRUE(died);
    const auto now = bytes();
    EXPECT_TRUE(now == before || now == after);
    seen_old += now == before;
    seen_new += now == after;
    EXPECT_TRUE(compact_journal(file));
    EXPECT_EQ(bytes(), after);
  }
  EXPECT_EQ(seen_old, 1);
  EXPECT_EQ(seen_new, 1);
}

} // namespace
} // namespace aura::flow
