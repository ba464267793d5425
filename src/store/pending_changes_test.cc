#include "store/pending_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hearth::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(PendingChanges, TheLastChangeOfAKeyCounts) {
  const Batch first = std::move(Batch().Put("a", "1").Erase("b").Put("c", "1"));
  const Batch second = std::move(Batch().Erase("a").Put("b", "2").Put("c", "2"));
  PendingChanges changes;
  changes.Add(first);
  changes.Add(second);
  EXPECT_THAT(changes.erased(), ElementsAre("a"));
  EXPECT_THAT(changes.put(), ElementsAre(Pair("b", "2"), Pair("c", "2")));
}

TEST(PendingChanges, AnErasedPrefixTakesWhatCameBeforeAndSparesWhatComesAfter) {
  const Batch batch = std::move(
      Batch().Put("p/1", "old").Erase("p/2").Put("q", "x").ErasePrefix("p/").Put("p/3", "new").Erase("o"));
  PendingChanges changes;
  changes.Add(batch);
  EXPECT_THAT(changes.erased_prefixes(), ElementsAre("p/"));
  EXPECT_THAT(changes.erased(), ElementsAre("o"));
  EXPECT_THAT(changes.put(), ElementsAre(Pair("p/3", "new"), Pair("q", "x")));

  std::string_view value;
  EXPECT_EQ(changes.Find("p/3", &value), PendingChanges::Known::kPut);
  EXPECT_EQ(value, "new");
  EXPECT_EQ(changes.Find("p/1", &value), PendingChanges::Known::kErased);
  EXPECT_EQ(changes.Find("o", &value), PendingChanges::Known::kErased);
  EXPECT_EQ(changes.Find("r", &value), PendingChanges::Known::kNothing);
}

TEST(PendingChanges, TheEmptyPrefixIsEverything) {
  const Batch batch = std::move(Batch().Put("\xff", "x").Put("", "y").ErasePrefix(""));
  PendingChanges changes;
  changes.Add(batch);
  EXPECT_THAT(changes.put(), IsEmpty());
  std::string_view value;
  EXPECT_EQ(changes.Find("anything", &value), PendingChanges::Known::kErased);
  EXPECT_FALSE(changes.empty());
  changes.Clear();
  EXPECT_TRUE(changes.empty());
}

}  // namespace
}  // namespace hearth::store
