#include "actors/flow/journal.hpp"

#include "actors/flow/journal_scan.hpp"
#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace aura::flow {
namespace {

class Journal : public ::testing::Test {
protected:
  Journal() {
    std::filesystem::create_directories(folder);
  }

  ~Journal() override {
    std::filesystem::remove_all(folder);
  }

  journal open() {
    auto x = journal::open(file);
    EXPECT_TRUE(x) << x.error().message;
    return x ? *std::move(x) : *journal::open(folder / "another");
  }

  fault refusal() {
    const auto x = journal::open(file);
    return x ? fault{} : x.error();
  }

  static std::optional<std::string> answer(const journal& x,
                                           std::string_view key) {
    auto found = x.find(key);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::nullopt;
  }

  std::string bytes() const {
    auto in = std::ifstream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  void write(std::string_view content) const {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << content;
  }

  /// Writes five answers; returns where each frame ends, the mark first.
  std::vector<std::size_t> fill() {
    auto x = open();
    auto ends = std::vector<std::size_t>{bytes().size()};
    for (auto i = 0; i < 5; ++i) {
      const auto key = "key " + std::to_string(i);
      EXPECT_TRUE(x.finish(key, std::string(20, static_cast<char>('a' + i))));
      ends.push_back(bytes().size());
    }
    EXPECT_TRUE(x.sync());
    return ends;
  }

  std::filesystem::path folder
    = std::filesystem::path{::testing::TempDir()}
      / ("aura-journal-" + std::to_string(::getpid()) + "-"
         + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::filesystem::path file = folder / "answers.journal";
};

TEST_F(Journal, FindsWhatItWasGivenAfterAReopen) {
  {
    auto x = open();
    EXPECT_EQ(answer(x, "a"), std::nullopt);
    EXPECT_TRUE(x.intend("a"));
    EXPECT_EQ(answer(x, "a"), std::nullopt);
    EXPECT_TRUE(x.finish("a", "answer to a"));
    EXPECT_TRUE(x.finish("b", ""));
    EXPECT_TRUE(x.intend("c"));
    EXPECT_EQ(answer(x, "a"), "answer to a");
    EXPECT_EQ(x.unsynced(), 4u);
    EXPECT_TRUE(x.sync());
    EXPECT_EQ(x.unsynced(), 0u);
    // What is written while a thread waits for the disk counts for the next.
    EXPECT_TRUE(x.intend("d"));
    const auto waits = x.begin_sync();
    EXPECT_TRUE(x.intend("e"));
    EXPECT_TRUE(waits());
    EXPECT_EQ(x.unsynced(), 2u);
    x.end_sync();
    EXPECT_EQ(x.unsynced(), 1u);
  }
  const auto x = open();
  EXPECT_EQ(x.warning(), "");
  EXPECT_EQ(answer(x, "a"), "answer to a");
  EXPECT_EQ(answer(x, "b"), "");
  EXPECT_EQ(answer(x, "c"), std::nullopt);
  EXPECT_EQ(x.finished(), 2u);
  EXPECT_EQ(x.unfinished(), 3u);
}

TEST_F(Journal, KeepsTheFirstAnswerOnly) {
  auto x = open();
  EXPECT_TRUE(x.finish("a", "first"));
  const auto size = bytes().size();
  EXPECT_TRUE(x.finish("a", "second"));
  EXPECT_TRUE(x.intend("a"));
  EXPECT_EQ(answer(x, "a"), "first");
  EXPECT_EQ(bytes().size(), size);
}

TEST_F(Journal, WritesGroupsAsItWritesOneByOne) {
  const auto keys = std::vector<std::string_view>{"a", "b", "c"};
  const auto answers = std::vector<journal::entry>{
    {"a", "first"}, {"b", std::string(5000, 'b')}, {"a", "second"}};
  {
    auto x = open();
    for (const auto key : keys)
      EXPECT_TRUE(x.intend(key));
    EXPECT_TRUE(x.finish(answers[0].key, answers[0].answer));
    EXPECT_TRUE(x.finish(answers[1].key, answers[1].answer));
  }
  const auto expected = bytes();
  std::filesystem::remove(file);
  {
    auto x = open();
    EXPECT_TRUE(x.intend(keys));
    EXPECT_TRUE(x.intend(keys)); // known
    EXPECT_TRUE(x.finish(std::span{answers}.first(2)));
    EXPECT_EQ(bytes(), expected);
    EXPECT_TRUE(x.finish(answers)); // known
    EXPECT_EQ(bytes(), expected);
    EXPECT_EQ(x.unsynced(), 5u);
    EXPECT_EQ(x.unfinished(), 1u);
  }
  auto x = open();
  EXPECT_TRUE(x.intend(keys)); // known from the file
  EXPECT_TRUE(x.finish(answers));
  EXPECT_EQ(bytes(), expected);
  EXPECT_EQ(answer(x, "a"), "first");
  EXPECT_EQ(answer(x, "b"), answers[1].answer);
  EXPECT_TRUE(x.finish("c", "late"));
  EXPECT_EQ(answer(x, "c"), "late");
  EXPECT_EQ(x.unfinished(), 0u);
}

TEST_F(Journal, HoldsAnyBytesInKeysAndAnswers) {
  auto key = std::string{};
  for (auto i = 0; i < 256; ++i)
    key += static_cast<char>(i);
  const auto large = std::string(3 << 20, '\xff');
  {
    auto x = open();
    EXPECT_TRUE(x.finish(key, key));
    EXPECT_TRUE(x.finish("", "an empty key"));
    EXPECT_TRUE(x.finish("large", large));
  }
  const auto x = open();
  EXPECT_EQ(answer(x, key), key);
  EXPECT_EQ(answer(x, ""), "an empty key");
  EXPECT_EQ(answer(x, "large"), large);
}

TEST_F(Journal, RefusesAKeyThatDoesNotFit) {
  auto x = open();
  const auto size = bytes().size();
  EXPECT_FALSE(x.finish(std::string(1 << 16, 'k'), "a"));
  EXPECT_EQ(bytes().size(), size);
}

TEST_F(Journal, IsRefusedWhileAnotherHasIt) {
  auto first = open();
  EXPECT_EQ(refusal(),
            (fault{errc::io_error, "another process is using the journal '"
                                     + file.string() + "'"}));
  { const auto moved = std::move(first); }
  EXPECT_EQ(refusal(), fault{});
}

TEST_F(Journal, IsRepairedWhereverTheLastThreeFramesWereCut) {
  const auto ends = fill();
  const auto whole = bytes();
  for (auto size = ends[2]; size <= whole.size(); ++size) {
    write(whole.substr(0, size));
    auto kept = std::size_t{0};
    while (kept < 5 && ends[kept + 1] <= size)
      ++kept;
    {
      auto x = open();
      EXPECT_EQ(x.finished(), kept) << "cut to " << size;
      const auto lost = size - ends[kept];
      EXPECT_EQ(x.warning(),
                lost == 0
                  ? ""
                  : "dropped " + std::to_string(lost)
                      + " bytes of an entry that was never completed at "
                        "the end of the journal '"
                      + file.string() + "'");
      for (auto i = std::size_t{0}; i < 5; ++i)
        EXPECT_EQ(answer(x, "key " + std::to_string(i)).has_value(), i < kept);
      // It goes on where the last whole frame ended.
      EXPECT_TRUE(x.finish("more", "after the repair"));
    }
    const auto x = open();
    EXPECT_EQ(x.warning(), "");
    EXPECT_EQ(x.finished(), kept + 1);
    EXPECT_EQ(answer(x, "more"), "after the repair");
  }
}

TEST_F(Journal, IsRepairedWhereZerosWereNeverWrittenOver) {
  const auto ends = fill();
  auto torn = bytes();
  for (const auto count : {1u, 4u, 11u, 12u, 13u, 4096u}) {
    write(torn + std::string(count, '\0'));
    const auto x = open();
    EXPECT_EQ(x.finished(), 5u);
    EXPECT_NE(x.warning(), "");
  }
}

TEST_F(Journal, BeginsAgainWhenNotEvenTheMarkWasWritten) {
  for (auto size = 1u; size < 8; ++size) {
    write(std::string_view{"AURAJNL1"}.substr(0, size));
    auto x = open();
    EXPECT_NE(x.warning(), "");
    EXPECT_TRUE(x.finish("a", "b"));
  }
}

TEST_F(Journal, NeverReadsAFlippedBitAsAnAnswer) {
  const auto ends = fill();
  const auto whole = bytes();
  auto refused = 0;
  for (auto at = std::size_t{0}; at < whole.size() * 8; ++at) {
    auto flipped = whole;
    flipped[at / 8] = static_cast<char>(flipped[at / 8] ^ (1 << at % 8));
    write(flipped);
    const auto x = journal::open(file);
    if (!x) {
      ++refused;
      EXPECT_EQ(x.error().code, errc::damaged_file);
      // The offset is that of the frame which was hit.
      auto frame = std::size_t{0};
      while (ends[frame] <= at / 8 && frame < 5)
        ++frame;
      if (at / 8 >= 8) {
        EXPECT_EQ(x.error().message, "the journal '" + file.string()
                                       + "' is damaged at byte "
                                       + std::to_string(ends[frame - 1]));
      }
      EXPECT_EQ(bytes(), flipped) << "a refused journal stays as it is";
      continue;
    }
    // Only the last frame can pass for torn, and then it is gone.
    EXPECT_GE(at / 8, ends[4]);
    EXPECT_EQ(x->finished(), 4u);
    EXPECT_NE(x->warning(), "");
  }
  EXPECT_GE(refused, static_cast<int>(ends[4] * 8));
}

TEST_F(Journal, IsReadWithoutBeingChanged) {
  const auto ends = fill();
  const auto torn = bytes().substr(0, ends[5] - 3);
  write(torn);
  const auto first = journal::open(file, journal_access::read);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->finished(), 4u);
  EXPECT_EQ(answer(*first, "key 3"), std::string(20, 'd'));
  EXPECT_NE(first->warning().find("passed over "), std::string::npos);
  EXPECT_EQ(bytes(), torn);
  // Readers share it; a writer waits for none of them.
  EXPECT_TRUE(journal::open(file, journal_access::read));
  EXPECT_EQ(refusal().code, errc::io_error);
  auto reader = journal::open(file, journal_access::read);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->finish("more", "x").error().code, errc::internal);
  EXPECT_EQ(bytes(), torn);
}

TEST_F(Journal, IsNotCreatedByReading) {
  const auto x = journal::open(file, journal_access::read);
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(),
            (fault{errc::missing_file, "no journal '" + file.string() + "'"}));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Journal, VisitsEveryAnswerOnceInOrder) {
  auto x = open();
  EXPECT_TRUE(x.finish("b", "1"));
  EXPECT_TRUE(x.intend("a"));
  EXPECT_TRUE(x.finish("a", ""));
  EXPECT_TRUE(x.intend("c"));
  auto seen = std::string{};
  EXPECT_TRUE(x.visit([&](std::string_view key, std::string_view value) {
    seen += std::string{key} + "=" + std::string{value} + ";";
  }));
  EXPECT_EQ(seen, "b=1;a=;");
}

TEST_F(Journal, IsScannedToWhereItIsDamaged) {
  const auto ends = fill();
  const auto whole = bytes();
  auto offsets = std::vector<std::uint64_t>{};
  const auto look = [&](std::uint64_t offset, const journal_frame::view&) {
    offsets.push_back(offset);
  };
  const auto sound = scan_journal(file, look);
  ASSERT_TRUE(sound);
  EXPECT_EQ(offsets,
            (std::vector<std::uint64_t>(ends.begin(), ends.end() - 1)));
  EXPECT_EQ(sound->torn, 0u);
  write(whole.substr(0, whole.size() - 7));
  EXPECT_EQ(scan_journal(file, look)->torn, ends[5] - ends[4] - 7);
  auto damaged = whole;
  damaged[ends[2] + 14] = '!';
  write(damaged);
  const auto found = scan_journal(file, look);
  EXPECT_EQ(found->damaged_at, ends[2]);
  EXPECT_EQ(found->entries, 2u);
  EXPECT_EQ(bytes(), damaged);
}

TEST_F(Journal, IsCompactedToItsAnswers) {
  {
    auto x = open();
    EXPECT_TRUE(x.intend("lost"));
    for (const auto* key : {"b", "a", "c"}) {
      EXPECT_TRUE(x.intend(key));
      EXPECT_TRUE(x.finish(key, std::string{"answer "} + key));
    }
  }
  // What two writers could have left behind before there were locks.
  write(bytes()
        + journal_frame::write(journal_frame::kind::done, "a", "another"));
  write(bytes() + "torn");
  const auto done = compact_journal(file);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->answers, 3u);
  EXPECT_EQ(done->intents, 4u);
  EXPECT_EQ(done->duplicates, 1u);
  EXPECT_EQ(done->after, bytes().size());
  auto expected = std::string{journal_frame::mark};
  for (const auto* key : {"b", "a", "c"})
    expected += journal_frame::write(journal_frame::kind::done, key,
                                     std::string{"answer "} + key);
  EXPECT_EQ(bytes(), expected);
  const auto again = compact_journal(file);
  EXPECT_EQ(bytes(), expected);
  EXPECT_EQ(again->before, again->after);
}

TEST_F(Journal, IsNotCompactedWhileSomebodyHasIt) {
  fill();
  {
    const auto held = open();
    EXPECT_EQ(compact_journal(file).error().code, errc::io_error);
  }
  EXPECT_TRUE(compact_journal(file));
  auto broken = bytes();
  broken[20] = '!';
  write(broken);
  EXPECT_EQ(compact_journal(file).error().code, errc::damaged_file);
  EXPECT_EQ(bytes(), broken);
}

TEST_F(Journal, RefusesAFileOfSomethingElse) {
  write("id,question\n1,how many\n");
  EXPECT_EQ(refusal(), (fault{errc::damaged_file,
                              "'" + file.string() + "' is not a journal"}));
}

TEST_F(Journal, SaysWhyItCannotBeOpened) {
  file = folder / "absent" / "answers.journal";
  EXPECT_EQ(refusal(),
            (fault{errc::io_error, "cannot open the journal '" + file.string()
                                     + "': No such file or "
                                       "directory"}));
}

// The limit on file sizes stands in for a full disk.
TEST_F(Journal, StaysWholeWhenTheDiskIsFull) {
  const auto ends = fill();
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto most = rlimit{ends.back() + 20, ends.back() + 20};
    ::setrlimit(RLIMIT_FSIZE, &most);
    auto x = journal::open(file);
    const auto refused = x && !x->finish("more", std::string(100, 'x'));
    ::_exit(refused ? 0 : 1);
  }
  auto result = 0;
  ASSERT_EQ(::waitpid(child, &result, 0), child);
  EXPECT_EQ(result, 0);
  const auto x = open();
  EXPECT_EQ(x.warning(), "");
  EXPECT_EQ(x.finished(), 5u);
}

// A child appends and says so through a pipe until it is killed. Whatever it
// said it had must be there.
TEST_F(Journal, LosesNothingThatWasAcknowledgedBeforeAKill) {
  auto random = random_stream{11, "kill"};
  auto acknowledged = std::size_t{0};
  for (auto round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      auto x = journal::open(file);
      if (!x)
        ::_exit(1);
      for (auto i = acknowledged;; ++i) {
        const auto key = std::to_string(i);
        (void)x->intend(key);
        if (!x->finish(key, "answer " + key) || (i % 8 == 7 && !x->sync()))
          ::_exit(1);
        if (::write(ends[1], "+", 1) != 1)
          ::_exit(1);
      }
    }
    ::close(ends[1]);
    auto wanted = 1 + random.below(300);
    auto byte = char{};
    while (wanted > 0 && ::read(ends[0], &byte, 1) == 1) {
      --wanted;
      ++acknowledged;
    }
    ASSERT_EQ(wanted, 0u) << "the child gave up";
    ::kill(child, SIGKILL);
    auto ignored = 0;
    ::waitpid(child, &ignored, 0);
    while (::read(ends[0], &byte, 1) == 1)
      ++acknowledged;
    ::close(ends[0]);
    const auto x = open();
    ASSERT_GE(x.finished(), acknowledged);
    ASSERT_LE(x.finished(), acknowledged + 1);
    for (auto i = std::size_t{0}; i < acknowledged; ++i)
      ASSERT_EQ(answer(x, std::to_string(i)), "answer " + std::to_string(i));
    acknowledged = x.finished();
  }
}

} // namespace
} // namespace aura::flow
