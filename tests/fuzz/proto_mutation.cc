#include "proto_mutation.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>

#include <limits>
#include <memory>

#include "mutation.h"

namespace hearth::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kBytesMax = 1 << 16;

constexpr const char* kTexts[] = {
    "",       "id",  "i",    "a.b",  "`a`",   "`a",   "*",     "t.*",      "t",          "u",       "count", "sum",
    "+",      "==",  "and",  "not",  "when",  "in",   "cast",  "struct",   "explode",    "int",     "decimal(99,1)",
    "a INT",  "SELECT 1", "SELECT * FROM t", "parquet", "CREATE TEMPORARY VIEW v AS SELECT 1", "\xff\xfe", "UTC", "1",
    "{\"type\":\"struct\",\"fields\":[]}", "array<", "getitem", "negative", "lambda", "date_trunc", "timestamp"};

template <typename Number>
Number AnyNumber(Random& random) {
  switch (Below(6, random)) {
    case 0: return 0;
    case 1: return static_cast<Number>(-1);
    case 2: return std::numeric_limits<Number>::max();
    case 3: return std::numeric_limits<Number>::lowest();
    case 4: return static_cast<Number>(random());
    default: return static_cast<Number>(Below(20, random));
  }
}

std::string AnyText(const FieldDescriptor& field, Random& random) {
  std::string text = kTexts[Below(std::size(kTexts), random)];
  if (field.type() == FieldDescriptor::TYPE_STRING && static_cast<signed char>(text.empty() ? 0 : text[0]) < 0) return "é";
  if (Below(20, random) == 0) text.append(Below(300, random), 'x');
  return text;
}

// Gives the field one more value (repeated) or another one.
void SetField(Message* message, const FieldDescriptor* field, int depth, Random& random) {
  const Reflection& reflection = *message->GetReflection();
  const bool repeated = field->is_repeated();
#define HEARTH_SET(Kind, value) \
  repeated ? reflection.Add##Kind(message, field, value) : reflection.Set##Kind(message, field, value)
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: HEARTH_SET(Int32, AnyNumber<int32_t>(random)); break;
    case FieldDescriptor::CPPTYPE_INT64: HEARTH_SET(Int64, AnyNumber<int64_t>(random)); break;
    case FieldDescriptor::CPPTYPE_UINT32: HEARTH_SET(UInt32, AnyNumber<uint32_t>(random)); break;
    case FieldDescriptor::CPPTYPE_UINT64: HEARTH_SET(UInt64, AnyNumber<uint64_t>(random)); break;
    case FieldDescriptor::CPPTYPE_DOUBLE: HEARTH_SET(Double, AnyNumber<double>(random)); break;
    case FieldDescriptor::CPPTYPE_FLOAT: HEARTH_SET(Float, AnyNumber<float>(random)); break;
    case FieldDescriptor::CPPTYPE_BOOL: HEARTH_SET(Bool, random() % 2 == 0); break;
    // Numbers beyond the known ones: enums are open.
    case FieldDescriptor::CPPTYPE_ENUM:
      HEARTH_SET(EnumValue, static_cast<int>(Below(field->enum_type()->value_count() + 3, random)) - 1);
      break;
    case FieldDescriptor::CPPTYPE_STRING: HEARTH_SET(String, AnyText(*field, random)); break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      FillMessage(repeated ? reflection.AddMessage(message, field) : reflection.MutableMessage(message, field),
                  depth - 1, random);
      break;
  }
#undef HEARTH_SET
}

// Every message within, itself included.
void Collect(Message* message, std::vector<Message*>* all) {
  all->push_back(message);
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      Collect(reflection.MutableMessage(message, field), all);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
      Collect(reflection.MutableRepeatedMessage(message, field, i), all);
    }
  }
}

const FieldDescriptor* AnyField(const Message& message, Random& random) {
  const auto count = static_cast<size_t>(message.GetDescriptor()->field_count());
  return count == 0 ? nullptr : message.GetDescriptor()->field(static_cast<int>(Below(count, random)));
}

void ChangeOnce(Message* root, Random& random) {
  std::vector<Message*> all;
  Collect(root, &all);
  Message* const chosen = all[Below(all.size(), random)];
  const FieldDescriptor* const field = AnyField(*chosen, random);
  switch (Below(4, random)) {
    case 0:
      if (field != nullptr) chosen->GetReflection()->ClearField(chosen, field);
      return;
    case 1: {  // the same thing from elsewhere: nests and repeats what is there
      std::vector<Message*> alike;
      for (Message* other : all) {
        if (other != chosen && other->GetDescriptor() == chosen->GetDescriptor()) alike.push_back(other);
      }
      if (alike.empty()) return;
      const Message& source = *alike[Below(alike.size(), random)];
      const std::unique_ptr<Message> copy(source.New());
      copy->CopyFrom(source);
      chosen->CopyFrom(*copy);
      return;
    }
    default:
      if (field != nullptr) SetField(chosen, field, /*depth=*/2, random);
  }
}

}  // namespace

void FillMessage(Message* message, int depth, Random& random) {
  if (depth <= 0) return;
  const size_t values = 1 + Below(4, random);
  for (size_t i = 0; i < values; ++i) {
    const FieldDescriptor* const field = AnyField(*message, random);
    if (field != nullptr) SetField(message, field, depth, random);
  }
}

bool ParseDeep(std::string_view encoded, Message* message) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(encoded.data()),
                                                static_cast<int>(encoded.size()));
  stream.SetRecursionLimit(1024);
  return message->ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

std::string MutateMessage(std::string encoded, const Message& prototype, Random& random) {
  const std::unique_ptr<Message> message(prototype.New());
  if (Below(10, random) == 0 || !ParseDeep(encoded, message.get())) return MutateBytes(std::move(encoded), random);
  for (size_t changes = 1 + Below(3, random); changes > 0; --changes) ChangeOnce(message.get(), random);
  std::string changed = message->SerializePartialAsString();
  return changed.size() > kBytesMax ? encoded : changed;
}

}  // namespace hearth::fuzz
