#include "gateway/change_record.h"

#include <memory>
#include <utility>

#include "wire/crc32.h"
#include "wire/fields.h"
#include "wire/request.h"

namespace hearth::gateway {

using Pairs = wire::SessionConfiguration::Pairs;

void AppendConfiguration(int number, const Pairs& configuration, std::string* record) {
  for (const auto& [key, value] : configuration) {
    std::string setting;
    wire::AppendBytesField(1, key, &setting);
    wire::AppendBytesField(2, value, &setting);
    wire::AppendBytesField(number, setting, record);
  }
}

bool ReadSetting(std::string_view encoded, Pairs* configuration) {
  std::string key;
  std::string value;
  wire::FieldScanner scanner(encoded);
  wire::Field field;
  while (scanner.Next(&field)) {
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
  }
  configuration->insert_or_assign(std::move(key), std::move(value));
  return scanner.ok();
}

std::string EncodeChange(const SessionChange& change, bool plan_is_elsewhere) {
  std::string record;
  if (!plan_is_elsewhere) wire::AppendBytesField(1, wire::BytesOf(change.plan), &record);
  AppendConfiguration(2, *change.configuration, &record);
  wire::AppendBytesField(3, change.kind, &record);
  wire::AppendBytesField(4, change.operation_id, &record);
  for (const std::string& response : change.responses) wire::AppendBytesField(5, response, &record);
  wire::AppendBytesField(6, change.view, &record);
  wire::AppendBytesField(7, change.function, &record);
  if (change.is_drop) wire::AppendVarintField(8, 1, &record);
  if (plan_is_elsewhere) wire::AppendVarintField(9, 1, &record);
  if (change.answer_is_lost) wire::AppendVarintField(10, 1, &record);
  if (plan_is_elsewhere) wire::AppendVarintField(11, wire::Crc32(wire::BytesOf(change.plan)), &record);
  return record;
}

std::optional<DecodedChange> DecodeChange(std::string_view record) {
  DecodedChange decoded;
  SessionChange& change = decoded.change;
  auto configuration = std::make_shared<Pairs>();
  wire::FieldScanner scanner(record);
  wire::Field field;
  while (scanner.Next(&field)) {
    switch (field.number) {
      case 1: change.plan = grpc::Slice(std::string(field.bytes)); break;
      case 2:
        if (!ReadSetting(field.bytes, configuration.get())) return std::nullopt;
        break;
      case 3: change.kind = field.bytes; break;
      case 4: change.operation_id = field.bytes; break;
      case 5: change.responses.emplace_back(field.bytes); break;
      case 6: change.view = field.bytes; break;
      case 7: change.function = field.bytes; break;
      case 8: change.is_drop = field.scalar != 0; break;
      case 9: decoded.plan_is_elsewhere = field.scalar != 0; break;
      case 10: change.answer_is_lost = field.scalar != 0; break;
      case 11: decoded.plan_crc32 = field.scalar; break;
      default: break;  // Of a later version, which had a reason to let us read it.
    }
  }
  change.configuration = std::move(configuration);
  return scanner.ok() ? std::optional(std::move(decoded)) : std::nullopt;
}

}  // namespace hearth::gateway
