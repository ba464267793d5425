#include "wire/failure.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <spark/connect/base.pb.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/utf8.h"
#include "spark/error.h"

namespace hearth::wire {

namespace {

namespace proto = ::spark::connect;

constexpr char kDomain[] = "org.apache.spark";
constexpr char kErrorId[] = "errorId";
constexpr char kErrorClass[] = "errorClass";
constexpr char kDecline[] = "hearth.decline";
constexpr char kMessageParameters[] = "messageParameters";

/// JSON as Spark writes it: compact, text that is no UTF-8 replaced.
std::string Json(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void FillContext(const spark::QueryContext& context, proto::FetchErrorDetailsResponse::QueryContext* out) {
  const bool sql = context.type == spark::QueryContext::Type::kSql;
  out->set_context_type(sql ? proto::FetchErrorDetailsResponse::QueryContext::SQL
                            : proto::FetchErrorDetailsResponse::QueryContext::DATAFRAME);
  if (sql) {
    out->set_object_type(base::ToUtf8(context.object_type));
    out->set_object_name(base::ToUtf8(context.object_name));
    out->set_start_index(context.start_index);
    out->set_stop_index(context.stop_index);
  }
  out->set_fragment(base::ToUtf8(context.fragment));
  out->set_call_site(base::ToUtf8(context.call_site));
  out->set_summary(base::ToUtf8(context.summary));
}

// The classes that the Scala client looks for one to raise. For most of them it takes the text from its own
// table of conditions, and an assertion of its own fails where that has none: the condition of a decline
// stands for a group. SparkException keeps the text that was sent. PySpark takes the most specific of
// ErrorInfo's `classes` either way.
std::vector<std::string> Hierarchy(const spark::Error& error) {
  std::vector<std::string> names = spark::JavaClasses(error.kind());
  if (!error.decline().empty()) names.insert(names.begin(), "org.apache.spark.SparkException");
  return names;
}

void FillError(const spark::Error& error, proto::FetchErrorDetailsResponse::Error* out) {
  for (const std::string& name : Hierarchy(error)) out->add_error_type_hierarchy(name);
  out->set_message(base::ToUtf8(error.message()));
  if (!error.condition().empty()) {
    proto::FetchErrorDetailsResponse::SparkThrowable* throwable = out->mutable_spark_throwable();
    throwable->set_error_class(error.condition());
    if (!error.sql_state().empty()) throwable->set_sql_state(error.sql_state());
    for (const auto& [name, value] : error.parameters()) {
      (*throwable->mutable_message_parameters())[name] = base::ToUtf8(value);
    }
    for (const spark::QueryContext& context : error.contexts())
      FillContext(context, throwable->add_query_contexts());
  }
}

/// The error and its causes, each pointing to the next.
std::string DetailsOf(const spark::Error& error) {
  proto::FetchErrorDetailsResponse response;
  response.set_root_error_idx(0);
  for (const spark::Error* next = &error; next != nullptr; next = next->cause()) {
    proto::FetchErrorDetailsResponse::Error* out = response.add_errors();
    FillError(*next, out);
    if (next->cause() != nullptr) out->set_cause_idx(response.errors_size());
  }
  return response.SerializeAsString();
}

/// How many bytes the text takes in the header grpc-message, where what is not printable ASCII takes three.
size_t EncodedBytes(std::string_view text) {
  size_t bytes = 0;
  for (const char c : text) bytes += c >= 0x20 && c <= 0x7e && c != '%' ? 1 : 3;
  return bytes;
}

/// As Apache Commons abbreviates: at most `bytes_max`, the last three of them dots; fewer if they would take
/// more than half as much again on the wire, since clients refuse large trailers. Never cuts a UTF-8
/// sequence.
std::string Abbreviated(const std::string& text, size_t bytes_max) {
  const size_t encoded_max = bytes_max + bytes_max / 2;
  if (text.size() <= bytes_max && EncodedBytes(text) <= encoded_max) return text;
  size_t end = std::min(text.size(), bytes_max - 3);
  for (size_t encoded = EncodedBytes(text.substr(0, end)); encoded > encoded_max; --end) {
    encoded -= EncodedBytes(text.substr(end - 1, 1));
  }
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

/// The first ErrorInfo among the details of a status; false if it has none.
bool FindErrorInfo(const grpc::Status& status, google::rpc::ErrorInfo* info) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return false;
  for (const auto& detail : details.details()) {
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(info)) return true;
  }
  return false;
}

}  // namespace

std::string_view Failure::condition() const {
  const auto found = metadata.find(kErrorClass);
  return found == metadata.end() ? std::string_view() : std::string_view(found->second);
}

Failure FailureOf(const spark::Error& error) {
  Failure failure;
  // Errors quote what the client sent, which may be no text at all.
  failure.message = base::ToUtf8(error.message());
  const std::vector<std::string>& classes = spark::JavaClasses(error.kind());
  failure.exception_class = classes.front();
  failure.metadata["classes"] = Json(classes);
  if (!error.sql_state().empty()) failure.metadata["sqlState"] = error.sql_state();
  if (!error.condition().empty()) {
    failure.metadata[kErrorClass] = error.condition();
    failure.metadata[kMessageParameters] = Json(nlohmann::json(error.parameters()));
  }
  if (!error.decline().empty()) failure.metadata[kDecline] = base::ToUtf8(error.decline());
  failure.details = DetailsOf(error);
  return failure;
}

Failure FailureOf(std::exception_ptr error) {
  std::string what = "an error without a description";
  try {
    std::rethrow_exception(std::move(error));
  } catch (const spark::Error& known) {
    return FailureOf(known);
  } catch (const std::exception& other) {
    what = other.what();
  } catch (...) {
  }
  return FailureOf(spark::Error(spark::ExceptionKind::kSpark, "INTERNAL_ERROR", {{"message", what}}));
}

Failure FailureOf(const grpc::Status& status) {
  Failure failure;
  failure.code = status.error_code();
  failure.message = status.error_message();
  google::rpc::ErrorInfo info;
  if (FindErrorInfo(status, &info)) {
    failure.exception_class = info.reason();
    failure.metadata.insert(info.metadata().begin(), info.metadata().end());
    failure.metadata.erase(kErrorId);
  }
  return failure;
}

bool IsConnectionLost(const Failure& failure) {
  return failure.code == grpc::StatusCode::UNAVAILABLE && failure.exception_class.empty();
}

std::string ErrorIdOf(const grpc::Status& status) {
  google::rpc::ErrorInfo info;
  if (!FindErrorInfo(status, &info)) return "";
  const auto found = info.metadata().find(kErrorId);
  return found == info.metadata().end() ? "" : found->second;
}

grpc::Status StatusOf(const Failure& failure, std::string_view error_id, const Limits& limits) {
  const std::string message = Abbreviated(failure.message, limits.error_message_bytes_max);
  if (failure.exception_class.empty()) return grpc::Status(failure.code, message);

  google::rpc::ErrorInfo info;
  info.set_reason(failure.exception_class);
  info.set_domain(kDomain);
  info.mutable_metadata()->insert(failure.metadata.begin(), failure.metadata.end());
  const auto parameters = failure.metadata.find(kMessageParameters);
  if (parameters != failure.metadata.end() && parameters->second.size() > limits.error_metadata_bytes_max) {
    // Spark leaves both out then; FetchErrorDetails has them.
    info.mutable_metadata()->erase(kErrorClass);
    info.mutable_metadata()->erase(kMessageParameters);
  }
  const auto decline = info.mutable_metadata()->find(kDecline);
  if (decline != info.mutable_metadata()->end()) {
    decline->second = Abbreviated(decline->second, limits.error_metadata_bytes_max);
  }
  if (!error_id.empty()) (*info.mutable_metadata())[kErrorId] = std::string(error_id);

  google::rpc::Status details;
  details.set_code(static_cast<int>(failure.code));
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return grpc::Status(failure.code, message, details.SerializeAsString());
}

}  // namespace hearth::wire
