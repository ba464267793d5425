// Rows on the wire: told apart, found again, left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "wire/rows/ipc_batch.h"
#include "wire/rows/row_choice.h"
#include "wire/rows/row_hash.h"
#include "wire/rows/row_search.h"
#include "wire/rows/test_streams.h"

namespace hearth::wire {
namespace {

std::vector<uint64_t> HashesOf(const std::string& stream) {
  const auto hashes = HashRows(stream);
  EXPECT_TRUE(hashes);
  return hashes ? hashes->rows : std::vector<uint64_t>();
}

TEST(RowHashTest, EqualRowsAreEqualWhateverBatchTheyAreIn) {
  const auto five = HashesOf(Stream(kFiveRows));
  const auto three = HashesOf(Stream(kThreeRows));
  ASSERT_EQ(five.size(), 5u);
  EXPECT_EQ(three, (std::vector<uint64_t>{five[4], five[1], five[3]}));
  EXPECT_EQ(five[0], five[3]);
  std::vector<uint64_t> distinct = five;
  std::sort(distinct.begin(), distinct.end());
  EXPECT_EQ(std::unique(distinct.begin(), distinct.end()) - distinct.begin(), 4);
  EXPECT_EQ(HashRows(Stream(kFiveRows))->schema, HashRows(Stream(kThreeRows))->schema);
}

TEST(RowHashTest, EveryByteOfAValueCounts) {
  const std::string stream = Stream(kFiveRows);
  const auto batch = IpcBatch::Read(stream);
  ASSERT_TRUE(batch);
  const auto before = HashesOf(stream);
  int changed = 0;
  for (const IpcColumn& column : batch->columns()) {
    if (column.layout->kind != IpcLayout::Kind::kFixed) continue;
    for (const size_t row : {size_t{0}, size_t{1}}) {
      std::string other = stream;
      const size_t at =
          static_cast<size_t>(column.values.data() - stream.data()) + (row + 1) * column.layout->width - 1;
      other[at] = static_cast<char>(other[at] ^ 1);
      const auto after = HashesOf(other);
      EXPECT_EQ(after[row] == before[row], row == 1) << "what lies under a null does not count";
      ++changed;
    }
  }
  EXPECT_EQ(changed, 8);
}

TEST(RowChoiceTest, TheChosenRowsAreThoseRows) {
  const std::string stream = Stream(kFiveRows);
  const auto all = HashesOf(stream);
  for (unsigned choice = 0; choice < 32; ++choice) {
    std::vector<int64_t> rows;
    std::vector<uint64_t> hashes;
    for (int64_t row = 0; row < 5; ++row) {
      if (((choice >> row) & 1) == 0) continue;
      rows.push_back(row);
      hashes.push_back(all[static_cast<size_t>(row)]);
    }
    const auto chosen = ChooseRows(stream, rows);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(HashesOf(*chosen), hashes);
    EXPECT_EQ(HashRows(*chosen)->schema, HashRows(stream)->schema);
  }
}

TEST(IpcBatchTest, NothingIsReadOutsideOfAStream) {
  const std::string stream = Stream(kFiveRows);
  for (size_t size = 0; size < stream.size(); ++size) {
    const std::string cut = stream.substr(0, size);  // In memory of its own, for the address sanitizer.
    (void)HashRows(cut);
  }
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = stream;
    for (int changes = 1 + i % 3; changes > 0; --changes)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    if (const auto hashes = HashRows(damaged)) {
      std::vector<int64_t> rows(hashes->rows.size());
      std::iota(rows.begin(), rows.end(), 0);
      if (rows.size() < 1000) (void)ChooseRows(damaged, rows);
    }
  }
}

// ---- finding rows again ----

DeliveredRows Delivered(const std::vector<uint64_t>& rows, size_t exact_rows_max) {
  DeliveredRows delivered({.exact_rows_max = exact_rows_max, .bytes_max = 1000});
  for (const uint64_t row : rows) delivered.Add(RowHashes{.schema = 1, .rows = {row}}, 1);
  return delivered;
}

/// The rows of another run that were not delivered before; nothing if they do not fit.
std::optional<std::vector<uint64_t>> Rest(const DeliveredRows& delivered, const std::vector<uint64_t>& run) {
  RowSearch search(delivered);
  std::vector<uint64_t> rest;
  for (const uint64_t row : run) {
    if (!search.Find(row)) rest.push_back(row);
    if (search.failed()) return std::nullopt;
  }
  if (search.missing() > 0) return std::nullopt;
  return rest;
}

using Rows = std::vector<uint64_t>;

TEST(RowSearchTest, RowsThatAreRememberedEachAreFoundAnywhere) {
  EXPECT_EQ(Rest(Delivered({1, 2, 2}, 10), {5, 2, 4, 1, 2, 2, 3}), (Rows{5, 4, 2, 3}));
  EXPECT_EQ(Rest(Delivered({}, 10), {1}), Rows{1});
  EXPECT_EQ(Rest(Delivered({1}, 10), {2, 3}), std::nullopt);
  EXPECT_EQ(Rest(Delivered({1, 1}, 10), {1, 3}), std::nullopt);
}

TEST(RowSearchTest, OlderRowsMustComeFirstInAnyOrder) {
  const DeliveredRows delivered = Delivered({1, 2, 3, 4, 5, 6}, 2);
  EXPECT_EQ(delivered.older().count, 4);
  EXPECT_EQ(Rest(delivered, {1, 2, 3, 4, 5, 6, 7, 8}), (Rows{7, 8}));
  EXPECT_EQ(Rest(delivered, {2, 1, 4, 3, 7, 6, 5, 8}), (Rows{7, 8})) << "ties change places";
  EXPECT_EQ(Rest(delivered, {5, 1, 2, 3, 4, 7, 6}), Rows{7});
  EXPECT_EQ(Rest(delivered, {1, 2, 3, 7, 4, 5, 6}), std::nullopt);
  EXPECT_EQ(Rest(delivered, {1, 2, 3, 4, 5}), std::nullopt);
  EXPECT_EQ(Rest(delivered, {1, 2, 3}), std::nullopt);
}

TEST(RowSearchTest, RowsOfAnotherProcessAreProvenByTheirDigest) {
  const uint64_t digest = *Delivered({1, 2, 2}, 10).digest();
  const auto finds = [digest](const Rows& first) {
    RowSearch search(3, [digest](uint64_t found) { return found == digest; });
    for (const uint64_t row : first) EXPECT_TRUE(search.Find(row));
    return !search.failed() && search.missing() == 0 && !search.Find(9);
  };
  EXPECT_TRUE(finds({2, 1, 2}));
  EXPECT_FALSE(finds({2, 1, 1}));
  EXPECT_FALSE(finds({2, 1}));
}

TEST(RowSearchTest, AnyCutOfAnyOrderGivesEveryRowOnceOrAnError) {
  std::mt19937 random(11);
  for (int round = 0; round < 2'000; ++round) {
    Rows result(1 + random() % 30);
    for (uint64_t& row : result) row = random() % 12;
    Rows again = result;
    if (round % 2 == 0) std::shuffle(again.begin(), again.end(), random);
    if (round % 5 == 0) again[random() % again.size()] = 99;
    const Rows had(result.begin(), result.begin() + static_cast<ptrdiff_t>(random() % (result.size() + 1)));
    auto rest = Rest(Delivered(had, 1 + random() % 40), again);
    if (!rest) continue;
    rest->insert(rest->end(), had.begin(), had.end());
    std::sort(rest->begin(), rest->end());
    std::sort(again.begin(), again.end());
    EXPECT_EQ(*rest, again);
  }
}

TEST(DeliveredRowsTest, WhatCannotBeRememberedIsOfNoUse) {
  DeliveredRows delivered({.exact_rows_max = 10, .bytes_max = 100});
  delivered.Add(RowHashes{.schema = 1, .rows = {1, 2}}, 60);
  EXPECT_TRUE(delivered.is_whole());
  EXPECT_EQ(delivered.digest(), Delivered({2, 1}, 1).digest());
  DeliveredRows too_large = delivered;
  too_large.Add(RowHashes{.schema = 1, .rows = {3}}, 60);
  EXPECT_FALSE(too_large.is_whole());
  EXPECT_EQ(too_large.digest(), std::nullopt);
  DeliveredRows other_schema = delivered;
  other_schema.Add(RowHashes{.schema = 2, .rows = {3}}, 1);
  EXPECT_FALSE(other_schema.is_whole());
  delivered.Add(std::nullopt, 1);
  EXPECT_FALSE(delivered.is_whole());
}

}  // namespace
}  // namespace hearth::wire
