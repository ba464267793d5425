#include <spark/connect/base.pb.h>

#include "spark/error.h"
#include "wire/configuration.h"
#include "wire/protocol_error.h"
#include "wire/request.h"

namespace hearth::wire {

namespace {

namespace proto = ::spark::connect;

void AddPair(const std::string& key, const std::optional<std::string>& value,
             proto::ConfigResponse* response) {
  proto::KeyValue* pair = response->add_pairs();
  pair->set_key(key);
  if (value) pair->set_value(*value);
}

void Set(const proto::ConfigRequest::Set& request, SessionConfiguration* configuration,
         proto::ConfigResponse* response) {
  for (const proto::KeyValue& pair : request.pairs()) {
    try {
      if (!pair.has_value()) {
        throw JavaError(spark::ExceptionKind::kJavaIllegalArgument,
                        "requirement failed: value cannot be null for key: " + pair.key());
      }
      configuration->Set(pair.key(), pair.value());
    } catch (const spark::Error& error) {
      // PySpark sends the builder's options this way: what cannot be set is told, not raised.
      if (!request.silent()) throw;
      const std::string value = pair.has_value() ? "Some(" + pair.value() + ")" : "None";  // Scala's Option
      response->add_warnings("Failed to set " + pair.key() + " to " + value + " due to " + error.message());
    }
  }
}

}  // namespace

std::string AnswerConfig(const grpc::Slice& encoded, SessionConfiguration* configuration) {
  proto::ConfigRequest request;
  DecodeMessage(encoded, &request);
  proto::ConfigResponse response;
  const proto::ConfigRequest::Operation& operation = request.operation();
  switch (operation.op_type_case()) {
    case proto::ConfigRequest::Operation::kSet: Set(operation.set(), configuration, &response); break;
    case proto::ConfigRequest::Operation::kGet:
      for (const std::string& key : operation.get().keys()) AddPair(key, configuration->Get(key), &response);
      break;
    case proto::ConfigRequest::Operation::kGetWithDefault:
      for (const proto::KeyValue& pair : operation.get_with_default().pairs()) {
        const auto fallback = pair.has_value() ? std::optional<std::string>(pair.value()) : std::nullopt;
        AddPair(pair.key(), configuration->GetWithDefault(pair.key(), fallback), &response);
      }
      break;
    case proto::ConfigRequest::Operation::kGetOption:
      for (const std::string& key : operation.get_option().keys()) {
        AddPair(key, configuration->GetOption(key), &response);
      }
      break;
    case proto::ConfigRequest::Operation::kGetAll: {
      const auto& all = operation.get_all();
      const auto prefix = all.has_prefix() ? std::optional<std::string_view>(all.prefix()) : std::nullopt;
      for (const auto& [key, value] : configuration->GetAll(prefix)) AddPair(key, value, &response);
      break;
    }
    case proto::ConfigRequest::Operation::kUnset:
      for (const std::string& key : operation.unset().keys()) configuration->Unset(key);
      break;
    case proto::ConfigRequest::Operation::kIsModifiable:
      for (const std::string& key : operation.is_modifiable().keys()) {
        AddPair(key, SessionConfiguration::IsModifiable(key) ? "true" : "false", &response);
      }
      break;
    case proto::ConfigRequest::Operation::OP_TYPE_NOT_SET:
      throw JavaError(spark::ExceptionKind::kJavaUnsupportedOperation, " not supported.");
  }
  return response.SerializeAsString();
}

}  // namespace hearth::wire
