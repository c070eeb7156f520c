#include "actors/net/listener.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace aura::net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

class Listener : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(one.open({asio::ip::address_v4::loopback(), 0}));
  }

  tcp::socket connect() {
    auto result = tcp::socket{context};
    result.connect({asio::ip::address_v4::loopback(), one.port()});
    return result;
  }

  void accept(std::size_t until) {
    one.accept([this, until](const tcp::socket&) {
      if (++taken == until)
        one.close();
    });
  }

  /// Somebody connects, and there is no descriptor for it.
  void fail_once() {
    client.connect({asio::ip::address_v4::loopback(), one.port()});
    auto before = rlimit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    auto none = before;
    none.rlim_cur = 0;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    accept(1);
    context.run_one();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(taken, 0u);
  }

  asio::io_context context{1};
  listener one{context};
  tcp::socket client{context};
  std::size_t taken = 0;
};

TEST_F(Listener, TakesConnectionsUntilItIsClosed) {
  const auto first = connect();
  const auto second = connect();
  accept(2);
  context.run();
  EXPECT_EQ(taken, 2u);
}

TEST_F(Listener, WhatIsTakenCannotBeListenedOn) {
  auto other = listener{context};
  EXPECT_EQ(other.open({asio::ip::address_v4::loopback(), one.port()}),
            asio::error::address_in_use);
}

TEST_F(Listener, RestsWithoutDescriptorsAndGoesOn) {
  fail_once();
  context.run();
  EXPECT_EQ(taken, 1u);
}

TEST_F(Listener, RestsNoLongerThanItIsOpen) {
  fail_once();
  one.close();
  context.run();
  EXPECT_EQ(taken, 0u);
}

} // namespace
} // namespace aura::net
