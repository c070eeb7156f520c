#include "actors/session.hpp"

#include "actors/flow/files.hpp"
#include "kernels/base/json.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <latch>

namespace aura {
namespace {

class Session : public ::testing::Test {
protected:
  Session() {
    std::filesystem::remove_all(options.base);
    options.display = flow::display::quiet;
    options.grace = std::chrono::milliseconds{0};
    plan.pipeline.run.pipeline = "by-hand";
    plan.pipeline.run.patience = 1;
    plan.identity.name = "by-hand";
    plan.identity.hash = "0123456789abcdef";
  }

  ~Session() override {
    std::filesystem::remove_all(options.base);
  }

  void add(const std::string& name, flow::shape shape, flow::step work) {
    auto& stage = plan.stages.emplace_back();
    stage.name = name;
    stage.make = [=](const flow::environment& at) {
      auto spec
        = flow::map_stage(at, 1, [work] { return expected<flow::step>{work}; });
      spec.shape = shape;
      return expected<flow::stage_spec>{spec};
    };
  }

  void add_source() {
    add("count", flow::shape::source, [](batch& x) {
      if (x.sequence == 0)
        x.samples.emplace_back();
      return status{ok};
    });
  }

  session_result play() {
    return run_session(plan, options, [](const interrupter&) {});
  }

  run_plan plan;
  session_options options = [] {
    auto result = session_options{};
    result.base = std::filesystem::path{::testing::TempDir()}
                  / ("aura-session-" + std::to_string(::getpid()));
    return result;
  }();
};

TEST_F(Session, LeavesAStepBehindThatDoesNotComeBack) {
  const auto release = std::make_shared<std::latch>(1);
  add_source();
  add("hang", flow::shape::map, [release](batch& x) {
    if (!x.samples.empty())
      release->wait();
    return status{ok};
  });
  const auto result = play();
  EXPECT_TRUE(result.stuck);
  EXPECT_EQ(result.failure.code, errc::timeout);
  EXPECT_EQ(result.failure.message.substr(0, 26),
            "nothing has moved for 1 s\n");
  EXPECT_NE(result.failure.message.find("hang: 1 in, 0 out, holds 1"),
            std::string::npos)
    << result.failure.message;
  const auto report = flow::read_file(result.directory / "report.json");
  ASSERT_TRUE(report);
  EXPECT_FALSE(nlohmann::json::parse(*report)["complete"]);
  release->count_down();
}

TEST_F(Session, WaitsForStepsOfARunThatFailed) {
  options.grace = std::chrono::minutes{1};
  add_source();
  add("break", flow::shape::map, [](batch& x) -> status {
    if (x.samples.empty())
      return ok;
    return fault{errc::disk_full, "no space left"};
  });
  const auto result = play();
  EXPECT_FALSE(result.stuck);
  EXPECT_EQ(result.failure,
            (fault{errc::disk_full, "stage 'break': no space left"}));
}

} // namespace
} // namespace aura
