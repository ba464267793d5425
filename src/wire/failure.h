#pragma once

#include <grpcpp/support/status.h>

#include <exception>
#include <map>
#include <string>
#include <string_view>

#include "wire/limits.h"

namespace hearth::spark {
class Error;
}

namespace hearth::wire {

/// An error on its way to a client, in wire terms: what goes into the trailer of the RPC, and what
/// FetchErrorDetails tells later. Made from an error of ours or taken over from a backend without loss. A
/// value, freely copied.
struct Failure {
  /// INTERNAL for everything that Spark throws, as Spark does.
  grpc::StatusCode code = grpc::StatusCode::INTERNAL;
  /// The whole text, "[CONDITION] ..." for Spark's errors; cut only where it becomes a status.
  std::string message;
  /// ErrorInfo.reason: the Java class. Empty for an error outside of Spark's form (it then has no details at
  /// all).
  std::string exception_class;
  /// ErrorInfo.metadata except errorId: classes, errorClass, sqlState, messageParameters, hearth.decline, ...
  std::map<std::string, std::string> metadata;
  /// An encoded FetchErrorDetailsResponse with root_error_idx and errors only.
  std::string details;

  /// The condition ("INVALID_HANDLE.SESSION_CHANGED"), or "" if it has none.
  std::string_view condition() const;
  /// True if an engine said that it will not run this plan exactly as Spark would, before any effect.
  bool declined() const { return metadata.count("hearth.decline") != 0; }
};

Failure FailureOf(const spark::Error& error);

/// spark::Error as above; anything else becomes Spark's INTERNAL_ERROR with its what().
Failure FailureOf(std::exception_ptr error);

/// Reads back what StatusOf or Apache Spark wrote. `details` stays empty: they need a FetchErrorDetails with
/// the id that ErrorIdOf gives.
Failure FailureOf(const grpc::Status& status);

/// What a broken connection looks like, as against an error that the other side answered.
bool IsConnectionLost(const Failure& failure);

/// The errorId in a status, or "".
std::string ErrorIdOf(const grpc::Status& status);

/// The status a client gets, with grpc-status-details-bin. `error_id` empty means that no details are kept.
grpc::Status StatusOf(const Failure& failure, std::string_view error_id, const Limits& limits);

}  // namespace hearth::wire
