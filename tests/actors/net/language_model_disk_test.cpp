// The actor, the client and the server of ours, over a disk that this test
// holds up and breaks.

#include "actors/error.hpp"
#include "tests/actors/net/model_on_loopback.hpp"

#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>

namespace {

std::atomic<bool> held{false};
std::atomic<bool> broken{false};

} // namespace

extern "C" int fdatasync(int file) {
  held.wait(true);
  if (!broken)
    return static_cast<int>(::syscall(SYS_fdatasync, file));
  errno = EIO;
  return -1;
}

namespace aura::net {
namespace {

using namespace std::chrono_literals;

class LanguageModelAndDisk : public model_on_loopback {
protected:
  LanguageModelAndDisk() {
    completer = [this](const std::string& text) -> expected<std::string> {
      std::call_once(asked_, [this] { *trouble = true; });
      return "you said " + text;
    };
    serve("");
  }

  ~LanguageModelAndDisk() override {
    let_go();
    close();
    broken = false;
  }

  static void let_go() {
    held = false;
    held.notify_all();
  }

  /// Asks so many questions at once, and counts what comes back.
  void ask(int count) {
    in_flight = 16;
    open();
    using handle = decltype(self->request(model, caf::infinite, question{}));
    auto waiting = std::vector<handle>{};
    for (auto i = 0; i < count; ++i)
      waiting.push_back(
        self->request(model, caf::infinite,
                      question{{{{"user", std::to_string(i)}}, "", "reply"}}));
    for (auto& x : waiting)
      x.receive([&](answer& y) { answered += y.text.has_value(); },
                [&](caf::error& y) { failed = from_caf(y); });
  }

  /// What befalls the disk once the journal is open.
  std::atomic<bool>* trouble = &held;
  std::atomic<int> answered{0};
  std::optional<fault> failed;

private:
  std::once_flag asked_;
};

TEST_F(LanguageModelAndDisk, AsksOnWhileAGroupIsOnItsWayThere) {
  constexpr auto count = 150;
  auto early = -1;
  auto asked = std::uint64_t{0};
  auto watcher = std::thread{[&] {
    // Ten seconds, if it hangs.
    for (auto i = 0; i < 2000 && asked < count; ++i) {
      std::this_thread::sleep_for(5ms);
      asked = server->stats().distinct;
    }
    early = answered;
    let_go();
  }};
  ask(count);
  watcher.join();
  EXPECT_EQ(asked, std::uint64_t{count});
  EXPECT_EQ(early, 0);
  EXPECT_EQ(answered, count);
}

TEST_F(LanguageModelAndDisk, AnswersNobodyWhenTheDiskFails) {
  trouble = &broken;
  ask(100);
  EXPECT_EQ(answered, 0);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, errc::io_error);
  EXPECT_NE(failed->message.find("cannot sync the journal"), std::string::npos)
    << failed->message;
}

} // namespace
} // namespace aura::net
