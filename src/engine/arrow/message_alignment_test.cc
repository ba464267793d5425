#include "engine/arrow/message_alignment.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "engine/arrow/ipc_reader.h"
#include "engine/arrow/message_check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// What arrow-rs 53.4 writes for a column `id INT NOT NULL` with the rows 7 and 8: the nodes of its batch
// start at 76.
std::string RustStream() {
  return FromHex(
      "ffffffff780000001000000000000a000c000a00090004000a00000010000000"
      "0001040008000800000004000800000004000000010000001400000010001400"
      "100000000f00040000000800100000001800000020000000000000021c000000"
      "08000c0004000b00080000002000000000000001000000000200000069640000"
      "ffffffff80000000100000000c001a0018001700040008000c00000020000000"
      "1000000000000000000000000000000304000a0014000c00080004000a000000"
      "240000000c000000020000000000000001000000020000000000000000000000"
      "0000000002000000000000000000000001000000000000000800000000000000"
      "0800000000000000ff000000000000000700000008000000ffffffff00000000");
}

spark::ArrowBlock Block(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

TEST(MessageAlignmentTest, AStreamOfTheRustImplementationIsRead) {
  const std::string stream = RustStream();
  EXPECT_THROW(CheckMessages(stream), spark::Error);
  EXPECT_NO_THROW(CheckMessages(*WithAlignedVectors(Block(stream))));

  const ArrowTable table = ArrowTable::Read({Block(stream)});
  EXPECT_EQ(table.type().sql(), "STRUCT<id: INT NOT NULL>");
  ASSERT_EQ(table.row_count(), 2);
  const ArrowArrayView& ids = *table.batch(0).children[0];
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(&ids, 0), 7);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(&ids, 1), 8);
}

TEST(MessageAlignmentTest, StreamsBesideEachOtherAreAllAligned) {
  const std::string stream = RustStream() + RustStream();
  EXPECT_EQ(ArrowTable::Read({Block(stream)}).row_count(), 4);
}

TEST(MessageAlignmentTest, WhatIsAlignedIsNotCopied) {
  const spark::ArrowBlock stream = Block(RustStream());
  const spark::ArrowBlock once = WithAlignedVectors(stream);
  EXPECT_NE(once, stream);
  EXPECT_EQ(WithAlignedVectors(once), once);
}

// Every byte is changed in some ways, and every prefix tried: the outcome is rows or an error, never a crash.
TEST(MessageAlignmentTest, DamagedStreamsAreReadOrRefused) {
  const std::string stream = RustStream();
  int refused = 0;
  const auto read = [&refused](const std::string& bytes) {
    try {
      ArrowTable::Read({Block(bytes)});
    } catch (const spark::Error&) {
      ++refused;
    }
  };
  for (size_t at = 0; at < stream.size(); ++at) {
    read(stream.substr(0, at));
    for (const int flip : {0x01, 0x04, 0x80, 0xff}) {
      std::string damaged = stream;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      read(damaged);
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace hearth::engine
