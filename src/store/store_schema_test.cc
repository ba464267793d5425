// Versions of a store's tables: up and down by one on the same store, whatever kind it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "store/store_kinds.h"

namespace hearth::store {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class StoreSchema : public ::testing::TestWithParam<Kind> {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open(const StoreSettings& settings) {
    return GetParam().open(folder_, settings);
  }
  absl::Status Put(const StoreSettings& settings, const std::string& key) {
    const absl::StatusOr<std::unique_ptr<Store>> store = Open(settings);
    return store.ok() ? CommitNow(**store, std::move(Batch().Put(key, "value"))) : store.status();
  }

  const TemporaryFolder folder_;
  const StoreSettings old_hearth_;
  const StoreSettings new_hearth_{.is_next = true};
  const int64_t old_ = GetParam().version;
};

TEST_P(StoreSchema, GoesUpAndDownOneVersionOnOneStore) {
  ASSERT_EQ(Put(old_hearth_, "by old"), absl::OkStatus());
  ASSERT_EQ(Put(new_hearth_, "by new"), absl::OkStatus());
  const absl::Status refused = Open(old_hearth_).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("newer Hearth"), HasSubstr(absl::StrCat("version ", old_ + 1)),
                    HasSubstr(absl::StrCat("`hearth store --to ", old_, "`"))));

  ASSERT_EQ(GetParam().migrate(folder_, new_hearth_, old_), absl::OkStatus());
  EXPECT_THAT(Entries(**Open(old_hearth_)), ElementsAre(Pair("by new", "value"), Pair("by old", "value")));
  ASSERT_EQ(Put(new_hearth_, "by new again"), absl::OkStatus());
  EXPECT_EQ(Entries(**Open(new_hearth_)).size(), 3U);
}

TEST_P(StoreSchema, NobodyMigratesAStoreInUse) {
  {
    const auto store = Open(old_hearth_);
    ASSERT_EQ(store.status(), absl::OkStatus());
    EXPECT_EQ(Open(new_hearth_).status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(GetParam().migrate(folder_, new_hearth_, old_ + 1).code(),
              absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(Open(old_hearth_).status(), absl::OkStatus()) << "it is of its old version";
}

TEST_P(StoreSchema, ThereAreVersionsWithoutAWay) {
  for (const int64_t version : {int64_t{-1}, int64_t{0}, old_ + 1})
    EXPECT_EQ(GetParam().migrate(folder_, old_hearth_, version).code(), absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreSchema, ::testing::Values(SqliteKind(), PostgresKind()), NameOf);

}  // namespace
}  // namespace hearth::store
