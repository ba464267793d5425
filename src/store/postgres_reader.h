#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres_connection.h"
#include "store/postgres_store.h"
#include "store/store.h"

namespace hearth::store {

/// A connection that only reads. Not thread-safe, and one read at a time, as SqliteReader.
class PostgresReader {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresReader>> Open(const PostgresOptions& options);

  absl::Status Scan(std::string_view prefix, const Store::Row& row);
  absl::StatusOr<std::string> Get(std::string_view key);

  bool lost() const { return connection_->lost(); }

 private:
  explicit PostgresReader(std::unique_ptr<PostgresConnection> connection)
      : connection_(std::move(connection)) {}

  const std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace hearth::store
