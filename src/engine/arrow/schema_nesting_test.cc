#include "engine/arrow/schema_nesting.h"

#include <gtest/gtest.h>

#include <string>

#include "spark/error.h"

namespace hearth::engine {
namespace {

void Put(std::string* out, size_t bytes, uint64_t value) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// A Message with a schema of one field, below which every field's children are one field, named `copies`
// times.
std::string SchemaOf(int levels, uint32_t copies) {
  std::string out;
  Put(&out, 4, 24);                                                         // 0: the message
  for (const int number : {10, 12, 0, 8, 4, 0}) Put(&out, 2, number);       // 4: its vtable
  for (const int number : {8, 8, 0, 4}) Put(&out, 2, number);               // 16: the schema's
  for (const int number : {20, 8, 1}) Put(&out, 4, number);                 // 24: vtable, header, its type
  for (const int number : {20, 4}) Put(&out, 4, number);                    // 36: the schema: vtable, fields
  for (const int number : {1, 20}) Put(&out, 4, number);                    // 44: its one field
  for (const int number : {16, 8, 0, 0, 0, 0, 0, 4}) Put(&out, 2, number);  // 52: a field's vtable
  for (int level = 0; level <= levels; ++level) {
    Put(&out, 4, out.size() - 52);
    Put(&out, 4, 4);
    const uint32_t count = level == levels ? 0 : copies;
    Put(&out, 4, count);
    for (uint32_t i = 0; i < count; ++i) Put(&out, 4, 4 * (count - i));
  }
  return out;
}

TEST(SchemaNestingTest, ADeepSchemaIsFineToALimit) {
  EXPECT_NO_THROW(CheckSchemaNesting(SchemaOf(0, 1)));
  EXPECT_NO_THROW(CheckSchemaNesting(SchemaOf(kFieldDepthMax, 1)));
  EXPECT_THROW(CheckSchemaNesting(SchemaOf(kFieldDepthMax + 1, 1)), spark::Error);
}

TEST(SchemaNestingTest, ASmallSchemaCannotUnfoldIntoALargeOne) {
  EXPECT_NO_THROW(CheckSchemaNesting(SchemaOf(2, 2)));
  EXPECT_THROW(CheckSchemaNesting(SchemaOf(40, 2)), spark::Error);
}

TEST(SchemaNestingTest, WhatIsNoSchemaIsPassedOver) {
  EXPECT_NO_THROW(CheckSchemaNesting(""));
  const std::string schema = SchemaOf(5, 1);
  for (size_t size = 0; size < schema.size(); ++size)
    EXPECT_NO_THROW(CheckSchemaNesting(schema.substr(0, size)));
  for (size_t at = 0; at < schema.size(); ++at) {
    std::string changed = schema;
    changed[at] = '\xff';
    try {
      CheckSchemaNesting(changed);
    } catch (const spark::Error&) {
      // It may count more fields than there are.
    }
  }
}

}  // namespace
}  // namespace hearth::engine
