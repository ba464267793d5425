#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres_target.h"

namespace hearth::store {

/// A statement with its parameters ($1 and so on), in binary form (postgres_values.h).
struct PostgresCall {
  std::string_view sql;  ///< a literal: it is prepared once a connection
  std::vector<std::string> parameters;
};

/// What a statement answered. Columns are in binary form.
class PostgresRows {
 public:
  explicit PostgresRows(PGresult* result) : result_(result) {}
  int count() const { return PQntuples(result_.get()); }
  std::string_view Bytes(int row, int column) const;
  int64_t Number(int row, int column) const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

/// A connection to PostgreSQL that never waits without an end: a server that is silent for the time below
/// counts as gone. Then, and when the connection breaks, it is `lost` and of no more use. Not thread-safe.
class PostgresConnection {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const PostgresTarget& target,
                                                                  std::chrono::milliseconds silence_max);

  /// All statements in one round trip; what each answered, or the first failure, after which none was run. A
  /// transaction that they began then has to be rolled back, unless the connection is lost.
  absl::StatusOr<std::vector<PostgresRows>> Run(const std::vector<PostgresCall>& calls);
  absl::StatusOr<PostgresRows> Ask(std::string_view sql, std::vector<std::string> parameters = {});
  /// Calls `row` with one row after the other, while they come: nothing is kept of them.
  absl::Status Stream(const PostgresCall& call, const std::function<void(const PostgresRows& row)>& row);
  /// Any number of statements without parameters.
  absl::Status Execute(const std::string& sql);

  /// Notices a connection that has ended, and if asked to a server that does not answer.
  void Probe(bool ask);

  bool lost() const { return lost_; }
  /// A transaction is open, or has failed and waits for its ROLLBACK.
  bool in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }
  /// The SQLSTATE of the latest failure that the server told; "" if it told none.
  const std::string& sqlstate() const { return sqlstate_; }
  /// For messages: where it leads.
  const std::string& name() const { return name_; }

 private:
  PostgresConnection(std::string name, std::chrono::milliseconds silence_max, PGconn* connection)
      : name_(std::move(name)), silence_max_(silence_max), connection_(connection) {}

  absl::Status Connect();
  absl::Status Prepare(std::string_view sql);
  absl::Status Begin(const PostgresCall& call);
  absl::Status Send(const PostgresCall& call);
  absl::StatusOr<PGresult*> Next();
  absl::Status Wait(short events);
  absl::StatusOr<std::vector<PostgresRows>> Collect(size_t calls);
  absl::Status RunToEnd(const std::function<void(PostgresRows rows)>& take);
  absl::Status FailureOf(const PGresult* result);
  absl::Status Lost(const std::string& why);

  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  const std::string name_;
  const std::chrono::milliseconds silence_max_;
  const std::unique_ptr<PGconn, Close> connection_;
  /// Statements with the names that they were prepared under.
  std::map<std::string, std::string, std::less<>> prepared_;
  std::string sqlstate_;
  bool lost_ = false;
};

}  // namespace hearth::store
