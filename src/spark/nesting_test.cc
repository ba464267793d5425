#include "spark/nesting.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "spark/error.h"

namespace hearth::spark {
namespace {

// Recursion without end; gives nothing back. Not a tail call: the array is used afterwards.
int Descend(int depth) {
  if (depth < 0) return 0;
  CheckNesting();
  volatile char frame[200];
  frame[0] = static_cast<char>(depth);
  return Descend(depth + 1) + frame[0];
}

TEST(NestingTest, RecursionWithoutEndIsDeclined) {
  for (int times = 0; times < 2; ++times) {  // a thread that was at its limit can go on
    try {
      Descend(0);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.decline(), "a plan that is nested so deeply");
    }
  }
  std::thread([] { EXPECT_THROW(Descend(0), Error); }).join();
}

TEST(NestingTest, OrdinaryDepthIsNoMatter) { EXPECT_NO_THROW(CheckNesting()); }

}  // namespace
}  // namespace hearth::spark
