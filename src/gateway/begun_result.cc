#include "gateway/begun_result.h"

#include <utility>

#include "gateway/change_record.h"
#include "wire/fields.h"

namespace hearth::gateway {

std::string EncodeBegun(const BegunResult& begun) {
  const wire::ExecuteRequest& request = begun.request;
  std::string record;
  wire::AppendBytesField(1, *request.operation_id, &record);
  wire::AppendBytesField(2, wire::BytesOf(request.plan), &record);
  for (const std::string& tag : request.tags) wire::AppendBytesField(3, tag, &record);
  if (request.arrow_chunking) wire::AppendVarintField(4, 1, &record);
  if (request.preferred_chunk_bytes)
    wire::AppendVarintField(5, static_cast<uint64_t>(*request.preferred_chunk_bytes), &record);
  wire::AppendBytesField(6, begun.engine, &record);
  wire::AppendBytesField(7, begun.version, &record);
  wire::AppendVarintField(8, begun.position, &record);
  AppendConfiguration(9, *begun.configuration, &record);
  wire::AppendVarintField(10, begun.files, &record);
  return record;
}

std::optional<BegunResult> DecodeBegun(std::string_view record) {
  BegunResult begun;
  wire::ExecuteRequest& request = begun.request;
  request.reattachable = true;
  auto configuration = std::make_shared<wire::SessionConfiguration::Pairs>();
  wire::FieldScanner scanner(record);
  wire::Field field;
  while (scanner.Next(&field)) {
    switch (field.number) {
      case 1: request.operation_id = field.bytes; break;
      case 2: request.plan = grpc::Slice(std::string(field.bytes)); break;
      case 3: request.tags.emplace_back(field.bytes); break;
      case 4: request.arrow_chunking = field.scalar != 0; break;
      case 5: request.preferred_chunk_bytes = static_cast<int64_t>(field.scalar); break;
      case 6: begun.engine = field.bytes; break;
      case 7: begun.version = field.bytes; break;
      case 8: begun.position = field.scalar; break;
      case 9:
        if (!ReadSetting(field.bytes, configuration.get())) return std::nullopt;
        break;
      case 10: begun.files = field.scalar; break;
      default: break;  // Of a later version, which had a reason to let us read it.
    }
  }
  begun.configuration = std::move(configuration);
  return scanner.ok() && request.operation_id ? std::optional(std::move(begun)) : std::nullopt;
}

}  // namespace hearth::gateway
