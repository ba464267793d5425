#include "base/strong_id.h"

#include <concepts>
#include <sstream>
#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace hearth::base {
namespace {

using SessionId = StrongId<struct SessionIdTag>;
using OperationId = StrongId<struct OperationIdTag>;
using Serial = StrongId<struct SerialTag, int64_t>;

static_assert(!std::is_convertible_v<std::string, SessionId>);
static_assert(!std::is_convertible_v<SessionId, OperationId>);
static_assert(!std::equality_comparable_with<SessionId, OperationId>);

TEST(StrongId, ComparesByValue) {
  EXPECT_EQ(SessionId("a"), SessionId("a"));
  EXPECT_LT(SessionId("a"), SessionId("b"));
  EXPECT_LT(Serial(9), Serial(10));
}

TEST(StrongId, IsEmptyByDefault) {
  EXPECT_TRUE(SessionId().empty());
  EXPECT_TRUE(Serial().empty());
  EXPECT_FALSE(Serial(1).empty());
}

TEST(StrongId, IsAKeyOfHashedContainers) {
  const std::unordered_set<SessionId> ids = {SessionId("a"), SessionId("b"), SessionId("a")};
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_TRUE(ids.contains(SessionId("b")));
}

TEST(StrongId, PrintsItsValue) {
  std::ostringstream out;
  out << Serial(42);
  EXPECT_EQ(out.str(), "42");
}

}  // namespace
}  // namespace hearth::base
