// `aura journal` on sound, torn, damaged and missing files.

#include "actors/flow/journal.hpp"
#include "actors/flow/journal_frame.hpp"
#include "tests/pipelines/program.hpp"

#include <fstream>

namespace aura::testing {
namespace {

namespace frame = flow::journal_frame;

/// A journal of three answers, one of them given twice, and of four intentions.
class JournalCommands : public Program {
protected:
  JournalCommands() {
    {
      auto journal = flow::journal::open(folder / "a.journal");
      EXPECT_TRUE(journal);
      for (const auto* key : {"first", "second", "third", "fourth"})
        EXPECT_TRUE(journal->intend(key));
      EXPECT_TRUE(journal->finish("first", answer(10)));
      EXPECT_TRUE(journal->finish("second", answer(20)));
      EXPECT_TRUE(journal->finish("third", answer(30)));
    }
    sound = read("a.journal");
    // Two processes cannot write one; a copy of a backup can be appended.
    sound += frame::write(frame::kind::done, "first", answer(11));
    put(sound);
  }

  static std::string answer(int tokens) {
    return R"({"model":"m","text":"t","in":)" + std::to_string(tokens)
           + R"(,"out":2,"time":1700000000})";
  }

  void put(const std::string& bytes) {
    std::ofstream{folder / "a.journal", std::ios::binary} << bytes;
  }

  program_result journal(const std::string& command) {
    return run({"journal", command, "a.journal"});
  }

  std::string sound;
};

TEST_F(JournalCommands, ReadASoundFile) {
  const auto verified = journal("verify");
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_EQ(verified.out, "a.journal: sound, 8 entries\n");
  const auto inspected = journal("inspect");
  EXPECT_EQ(inspected.code, 0) << inspected.err;
  for (const auto* line :
       {"answers     3\n", "unanswered  1 ", "duplicates  1\n",
        "bought      2023-11-14T22:13:20Z to ",
        "model       m: 3 answers, 0 of them failures, 60 + 6 tokens\n"})
    EXPECT_NE(inspected.out.find(line), std::string::npos) << line << " in\n"
                                                           << inspected.out;
  const auto one = run({"journal", "inspect", "a.journal", "--key", "sec"});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_NE(one.out.find(R"("in": 20)"), std::string::npos) << one.out;
  EXPECT_EQ(read("a.journal"), sound) << "reading changes nothing";
}

TEST_F(JournalCommands, CompactToOneAnswerAKey) {
  const auto result = journal("compact");
  EXPECT_EQ(result.code, 0) << result.err;
  const auto left = read("a.journal");
  EXPECT_EQ(result.out, "a.journal: 3 answers kept, 4 intentions and 1 "
                        "duplicates dropped, "
                          + std::to_string(sound.size()) + " bytes became "
                          + std::to_string(left.size()) + "\n");
  EXPECT_EQ(left, std::string{frame::mark}
                    + frame::write(frame::kind::done, "first", answer(10))
                    + frame::write(frame::kind::done, "second", answer(20))
                    + frame::write(frame::kind::done, "third", answer(30)));
  EXPECT_EQ(journal("verify").code, 0);
}

TEST_F(JournalCommands, TellATornEnd) {
  const auto torn = sound.substr(0, sound.size() - 5);
  const auto last = frame::write(frame::kind::done, "first", answer(11)).size();
  put(torn);
  const auto verified = journal("verify");
  EXPECT_EQ(verified.code, 1);
  EXPECT_EQ(verified.out,
            "a.journal: torn, 7 entries are whole and "
              + std::to_string(last - 5)
              + " bytes at the end are not; the next run drops them\n");
  const auto inspected = journal("inspect");
  EXPECT_EQ(inspected.code, 0) << inspected.err;
  EXPECT_NE(inspected.out.find("torn        " + std::to_string(last - 5)),
            std::string::npos)
    << inspected.out;
  EXPECT_EQ(read("a.journal"), torn) << "looking repairs nothing";
  EXPECT_EQ(journal("compact").code, 0);
  EXPECT_EQ(journal("verify").out, "a.journal: sound, 3 entries\n");
}

TEST_F(JournalCommands, NameTheOffsetOfDamage) {
  const auto intent = frame::write(frame::kind::intent, "first", "").size();
  const auto at = frame::mark.size() + intent; // the second entry
  auto damaged = sound;
  damaged[at + frame::header_size + 3]
    = static_cast<char>(damaged[at + frame::header_size + 3] ^ 0x10);
  put(damaged);
  const auto message
    = "aura: the journal 'a.journal' is damaged at byte " + std::to_string(at);
  for (const auto* command : {"verify", "inspect", "compact"}) {
    const auto result = journal(command);
    EXPECT_EQ(result.code, 3) << command;
    EXPECT_NE(result.err.find(message), std::string::npos)
      << command << ": " << result.err;
    EXPECT_EQ(read("a.journal"), damaged) << command;
  }
}

TEST_F(JournalCommands, SayThatThereIsNone) {
  std::filesystem::remove(folder / "a.journal");
  for (const auto* command : {"verify", "inspect", "compact"}) {
    const auto result = journal(command);
    EXPECT_EQ(result.code, 3) << command;
    EXPECT_EQ(result.err, "aura: no journal 'a.journal'\n") << command;
  }
  EXPECT_TRUE(is_empty());
  std::ofstream{folder / "a.journal"} << "something else, and of some length";
  for (const auto* command : {"verify", "inspect", "compact"}) {
    const auto result = journal(command);
    EXPECT_EQ(result.code, 3) << command;
    EXPECT_NE(result.err.find("'a.journal' is not a journal"),
              std::string::npos)
      << command << ": " << result.err;
  }
}

TEST_F(JournalCommands, LeaveAloneWhatARunIsWriting) {
  const auto held = flow::journal::open(folder / "a.journal");
  ASSERT_TRUE(held);
  for (const auto* command : {"verify", "inspect", "compact"}) {
    const auto result = journal(command);
    EXPECT_EQ(result.code, 5) << command;
    EXPECT_NE(
      result.err.find("another process is using the journal 'a.journal'"),
      std::string::npos)
      << command << ": " << result.err;
  }
}

} // namespace
} // namespace aura::testing
