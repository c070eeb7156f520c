// What breaks a run, tried on purpose: signals at any moment, full and
// read-only disks, too few files. AURA_SOAK multiplies the number of tries;
// each is a different one.

#include "kernels/base/json.hpp"
#include "kernels/base/random.hpp"
#include "tests/pipelines/program.hpp"

#include <sys/mount.h>
#include <sys/resource.h>

#include <cstdlib>

namespace aura::testing {
namespace {

const auto tiny_pipeline
  = std::string{AURA_SOURCE_DIR "/tests/pipelines/tiny.yaml"};

std::uint64_t tries(std::uint64_t usual) {
  const auto* more = std::getenv("AURA_SOAK");
  return usual * (more ? std::strtoull(more, nullptr, 10) : 1);
}

/// Writes a small file of /proc. Safe after a fork.
bool tell_kernel(const char* file, const char* text, std::size_t size) {
  const auto descriptor = ::open(file, O_WRONLY | O_CLOEXEC);
  const auto told
    = descriptor >= 0
      && ::write(descriptor, text, size) == static_cast<ssize_t>(size);
  ::close(descriptor);
  return told;
}

/// Gives this process mounts of its own, if the system lets us. Safe after a
/// fork.
bool own_mounts() {
  if (::unshare(CLONE_NEWNS) == 0)
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  static const auto user = "0 " + std::to_string(::getuid()) + " 1";
  static const auto group = "0 " + std::to_string(::getgid()) + " 1";
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0
         && tell_kernel("/proc/self/setgroups", "deny", 4)
         && tell_kernel("/proc/self/uid_map", user.data(), user.size())
         && tell_kernel("/proc/self/gid_map", group.data(), group.size());
}

class Breaks : public Program {
protected:
  program_result whole_run() {
    return run({tiny_pipeline, "--run-dir", "whole"});
  }

  std::string results(const std::string& name) {
    return dataset(name) + read(name + "/model/model.safetensors")
           + read(name + "/predictions.jsonl");
  }

  /// A disk of this many bytes at `disk`; a read-only one if there are none.
  /// False if the system does not let us have one.
  bool prepare_disk(const std::string& options) {
    std::filesystem::create_directory(folder / "disk");
    prepare = [options] {
      const auto flags
        = options.empty() ? static_cast<unsigned long>(MS_RDONLY) : 0ul;
      if (!own_mounts()
          || ::mount("tmpfs", "disk", "tmpfs", flags, options.c_str()) != 0)
        ::_exit(97);
    };
    return run({"--version"}).code == 0;
  }
};

TEST_F(Breaks, SignalsAtAnyMomentLoseNothing) {
  ASSERT_EQ(whole_run().code, 0);
  const auto whole = results("whole");
  for (std::uint64_t round = 0; round < tries(1); ++round) {
    auto random = random_stream{7, "signals", round};
    const auto name = "run" + std::to_string(round);
    auto interruptions = 0;
    // One signal drains; a second one, soon after, stops at once.
    for (auto result = program_result{130, "", ""};
         result.code == 130 && interruptions < 8; ++interruptions) {
      auto left = random.below(12);
      const auto twice = random.chance(0.4);
      const auto kind = random.chance(0.5) ? SIGINT : SIGTERM;
      result = run_program(folder, {tiny_pipeline, "--json", "--run-dir", name},
                           [&](const std::string&, pid_t child) {
                             if (left == 0 || (twice && left == ~0ull))
                               ::kill(child, kind);
                             --left;
                           });
      ASSERT_TRUE(result.code == 130 || result.code == 0)
        << result.code << result.err;
      if (result.code == 0)
        break;
      EXPECT_NE(result.err.find("run the same command to go on"),
                std::string::npos)
        << result.err;
    }
    ASSERT_EQ(run({tiny_pipeline, "--run-dir", name}).code, 0);
    EXPECT_EQ(results(name), whole)
      << "after " << interruptions << " interruptions in round " << round;
  }
}

TEST_F(Breaks, TrainingGoesOnAfterASignal) {
  ASSERT_EQ(whole_run().code, 0);
  auto seen = false;
  const auto cut = run_program(
    folder, {tiny_pipeline, "--json", "--run-dir", "run"},
    [&](const std::string& line, pid_t child) {
      if (!std::exchange(
            seen, seen || line.find("\"step 10 of ") != std::string::npos)
          && line.find("\"step 10 of ") != std::string::npos)
        ::kill(child, SIGINT);
    });
  EXPECT_EQ(cut.code, 130) << cut.err;
  EXPECT_TRUE(std::filesystem::exists(folder / "run/model/training.state"));
  const auto again = run({tiny_pipeline, "--json", "--run-dir", "run"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("goes on after step "), std::string::npos);
  EXPECT_EQ(again.out.find("\"step 10 of "), std::string::npos)
    << "steps were done twice";
  EXPECT_EQ(results("run"), results("whole"));
  EXPECT_FALSE(std::filesystem::exists(folder / "run/model/training.state"));
}

TEST_F(Breaks, AnEqualTrainingIsNotDoneAgain) {
  ASSERT_EQ(run({tiny_pipeline}).code, 0);
  const auto first = std::filesystem::read_symlink(folder / "runs/tiny/latest");
  // What is evaluated does not change what is trained.
  const auto second = run({tiny_pipeline, "evaluate.rows=3", "--json"});
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.out.find("the same was trained in " + first.string()),
            std::string::npos);
  EXPECT_EQ(read("runs/tiny" / first / "model/model.safetensors"),
            read("runs/tiny/latest/model/model.safetensors"));
  const auto third = run({tiny_pipeline, "train.epochs=0.5", "--json"});
  ASSERT_EQ(third.code, 0) << third.err;
  EXPECT_NE(third.out.find("trains again: the options changed since "),
            std::string::npos);
  EXPECT_NE(third.out.find("\"step 10 of "), std::string::npos);
  const auto fourth = run({tiny_pipeline, "seed=5", "--json"});
  EXPECT_NE(fourth.out.find("trains again: the data and the options changed"),
            std::string::npos)
    << fourth.err;
}

TEST_F(Breaks, AFullDiskIsToldWhereverItFills) {
  auto full = 0;
  for (const auto* size : {"size=8k", "size=64k", "size=160k", "size=256k"}) {
    if (!prepare_disk(size))
      GTEST_SKIP() << "this system gives us no small disk";
    const auto result = run({tiny_pipeline, "--run-dir", "disk/run"});
    full += result.code == 5;
    EXPECT_TRUE(result.code == 5 || result.code == 0)
      << size << ": " << result.code << result.err;
    if (result.code == 5) {
      EXPECT_TRUE(result.err.find("No space left on device")
                    != std::string::npos
                  || result.err.find("cannot write ") != std::string::npos)
        << result.err;
    }
  }
  EXPECT_GE(full, 3);
}

TEST_F(Breaks, AReadOnlyDiskIsTold) {
  if (!prepare_disk(""))
    GTEST_SKIP() << "this system gives us no disk";
  const auto result = run({tiny_pipeline, "--run-dir", "disk/run"});
  EXPECT_EQ(result.code, 5);
  EXPECT_EQ(result.err,
            "aura-run: cannot create 'disk/run': Read-only file system\n");
}

TEST_F(Breaks, TooFewFilesAreToldOrEnough) {
  // The search for leaks at the end of a sanitized program wants files too.
  const auto* usual = std::getenv("ASAN_OPTIONS");
  const auto options = std::string{usual ? usual : ""};
  ::setenv("ASAN_OPTIONS", (options + ":detect_leaks=0").c_str(), 1);
  auto refused = 0;
  for (const rlim_t most : {6, 8, 10, 12, 16, 24, 64}) {
    prepare = [most] {
      const auto limit = rlimit{most, most};
      ::setrlimit(RLIMIT_NOFILE, &limit);
    };
    const auto name = "run" + std::to_string(most);
    const auto result = run({data_pipeline, "rows=150", "split.eval=5",
                             "split.l0=5", "split.l1=5", "--run-dir", name});
    // Never a crash, a bug of ours, or a hang.
    EXPECT_TRUE(result.code == 0 || result.code == 3 || result.code == 5
                || result.code == 7)
      << most << " files: " << result.code << "\n"
      << result.err;
    refused += result.code != 0;
    prepare = [] {};
    if (result.code != 0) {
      const auto again = run({data_pipeline, "rows=150", "split.eval=5",
                              "split.l0=5", "split.l1=5", "--run-dir", name});
      EXPECT_EQ(again.code, 0) << "after " << most << " files";
    }
  }
  EXPECT_GE(refused, 1);
  ::setenv("ASAN_OPTIONS", options.c_str(), 1);
}

} // namespace
} // namespace aura::testing
