#include "store/postgres_connection.h"

#include <poll.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "store/postgres_values.h"

namespace hearth::store {

namespace {

/// By the classes of SQLSTATE in the appendix of PostgreSQL's manual.
absl::StatusCode CodeOf(std::string_view sqlstate) {
  const std::string_view group = sqlstate.substr(0, 2);
  if (group == "53") return absl::StatusCode::kResourceExhausted;  // disk full, out of memory
  if (group == "XX") return absl::StatusCode::kDataLoss;           // data or index corrupted
  if (group == "08" || group == "25" || group == "28" || group == "3D" || group == "40" || group == "55" ||
      group == "57" || group == "58" || sqlstate == "42501")
    return absl::StatusCode::kUnavailable;
  return absl::StatusCode::kInternal;
}

std::string OneLine(const char* message) {
  return absl::StrReplaceAll(std::string(absl::StripAsciiWhitespace(message)), {{"\n", "; "}, {"\t", ""}});
}

std::string Field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text != nullptr ? text : "";
}

}  // namespace

std::string_view PostgresRows::Bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

int64_t PostgresRows::Number(int row, int column) const { return NumberOfPostgres(Bytes(row, column)); }

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const PostgresTarget& target, std::chrono::milliseconds silence_max) {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : target.parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back("fallback_application_name");
  values.push_back("hearth");
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  auto connection = absl::WrapUnique(new PostgresConnection(
      target.shown, silence_max, PQconnectStartParams(keywords.data(), values.data(), /*expand_dbname=*/0)));
  if (connection->connection_ == nullptr) return absl::ResourceExhaustedError("no memory for a connection");
  const absl::Status status = connection->Connect();
  if (!status.ok()) return status;
  return connection;
}

absl::Status PostgresConnection::Connect() {
  PGconn* connection = connection_.get();
  // It would write to our standard error.
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;
       next = PQconnectPoll(connection)) {
    if (next == PGRES_POLLING_FAILED || PQstatus(connection) == CONNECTION_BAD)
      return Lost(OneLine(PQerrorMessage(connection)));
    const absl::Status status = Wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT);
    if (!status.ok()) return status;
  }
  if (PQsetnonblocking(connection, 1) != 0) return Lost(OneLine(PQerrorMessage(connection)));
  return absl::OkStatus();
}

absl::Status PostgresConnection::Lost(const std::string& why) {
  lost_ = true;
  return absl::UnavailableError(absl::StrCat("the store ", name_, " cannot be reached: ", why));
}

absl::Status PostgresConnection::Wait(short events) {
  struct pollfd poll{PQsocket(connection_.get()), events, 0};
  int ready;
  do {
    ready = ::poll(&poll, 1, static_cast<int>(silence_max_.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return absl::OkStatus();
  if (ready < 0) return Lost(std::strerror(errno));
  return Lost(absl::StrCat("it has said nothing for ", silence_max_.count(), " ms"));
}

absl::Status PostgresConnection::FailureOf(const PGresult* result) {
  sqlstate_ = Field(result, PG_DIAG_SQLSTATE);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return Lost(OneLine(PQresultErrorMessage(result)));
  return absl::Status(CodeOf(sqlstate_), absl::StrCat(name_, ": ", Field(result, PG_DIAG_MESSAGE_PRIMARY),
                                                      " [PostgreSQL ", sqlstate_, "]"));
}

/// The next result, nullptr where one statement's end; waits for it, and sends meanwhile what is not sent.
absl::StatusOr<PGresult*> PostgresConnection::Next() {
  PGconn* connection = connection_.get();
  for (;;) {
    const int unsent = PQflush(connection);
    if (unsent < 0) return Lost(OneLine(PQerrorMessage(connection)));
    if (PQisBusy(connection) == 0) return PQgetResult(connection);
    const absl::Status status = Wait(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN));
    if (!status.ok()) return status;
    // A connection that has ended shows in the result.
    PQconsumeInput(connection);
  }
}

/// Takes all results of what was sent outside of a pipeline; the first failure.
absl::Status PostgresConnection::RunToEnd(const std::function<void(PostgresRows rows)>& take) {
  absl::Status status;
  for (;;) {
    const absl::StatusOr<PGresult*> next = Next();
    if (!next.ok()) return next.status();
    if (*next == nullptr) {
      if (PQstatus(connection_.get()) != CONNECTION_BAD) return status;
      return Lost(status.ok() ? OneLine(PQerrorMessage(connection_.get())) : std::string(status.message()));
    }
    PostgresRows rows(*next);
    if (PQresultStatus(*next) == PGRES_FATAL_ERROR) {
      if (status.ok()) status = FailureOf(*next);
      if (lost_) return status;
    } else {
      take(std::move(rows));
    }
  }
}

void PostgresConnection::Probe(bool ask) {
  if (lost_) return;
  struct pollfd poll{PQsocket(connection_.get()), POLLIN, 0};
  if (::poll(&poll, 1, 0) > 0) PQconsumeInput(connection_.get());
  if (PQstatus(connection_.get()) == CONNECTION_BAD) {
    Lost(OneLine(PQerrorMessage(connection_.get()))).IgnoreError();
  } else if (ask) {
    Execute("SELECT 1").IgnoreError();
  }
}

absl::Status PostgresConnection::Execute(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0)
    return Lost(OneLine(PQerrorMessage(connection_.get())));
  return RunToEnd([](const PostgresRows&) {});
}

absl::Status PostgresConnection::Prepare(std::string_view sql) {
  if (prepared_.count(sql) != 0) return absl::OkStatus();
  const std::string text(sql);
  const std::string name = absl::StrCat("hearth_", prepared_.size());
  if (PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr) == 0)
    return Lost(OneLine(PQerrorMessage(connection_.get())));
  absl::Status status = RunToEnd([](const PostgresRows&) {});
  if (status.ok()) prepared_.emplace(text, name);
  return status;
}

/// Sends one statement outside of a pipeline.
absl::Status PostgresConnection::Begin(const PostgresCall& call) {
  const absl::Status status = Prepare(call.sql);
  return status.ok() ? Send(call) : status;
}

absl::Status PostgresConnection::Send(const PostgresCall& call) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string& parameter : call.parameters) {
    values.push_back(parameter.data());
    lengths.push_back(static_cast<int>(parameter.size()));
  }
  const std::vector<int> formats(values.size(), 1);
  const int sent = PQsendQueryPrepared(connection_.get(), prepared_.find(call.sql)->second.c_str(),
                                       static_cast<int>(values.size()), values.data(), lengths.data(),
                                       formats.data(), /*resultFormat=*/1);
  return sent != 0 ? absl::OkStatus() : Lost(OneLine(PQerrorMessage(connection_.get())));
}

absl::StatusOr<std::vector<PostgresRows>> PostgresConnection::Run(const std::vector<PostgresCall>& calls) {
  for (const PostgresCall& call : calls)
    if (absl::Status status = Prepare(call.sql); !status.ok()) return status;
  PQenterPipelineMode(connection_.get());
  for (const PostgresCall& call : calls)
    if (absl::Status status = Send(call); !status.ok()) return status;
  if (PQpipelineSync(connection_.get()) == 0) return Lost(OneLine(PQerrorMessage(connection_.get())));
  absl::StatusOr<std::vector<PostgresRows>> answers = Collect(calls.size());
  if (!lost_ && PQexitPipelineMode(connection_.get()) == 0)
    return Lost(OneLine(PQerrorMessage(connection_.get())));
  return answers;
}

absl::StatusOr<std::vector<PostgresRows>> PostgresConnection::Collect(size_t calls) {
  std::vector<PostgresRows> answers;
  absl::Status failure;
  for (;;) {
    const absl::StatusOr<PGresult*> next = Next();
    if (!next.ok()) return next.status();
    if (*next == nullptr) {  // the end of a statement, or of the connection
      if (PQstatus(connection_.get()) == CONNECTION_BAD)
        return Lost(OneLine(PQerrorMessage(connection_.get())));
      continue;
    }
    PostgresRows rows(*next);
    const ExecStatusType status = PQresultStatus(*next);
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && failure.ok()) failure = FailureOf(*next);
    if (lost_) return failure;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) answers.push_back(std::move(rows));
  }
  if (!failure.ok()) return failure;
  if (answers.size() != calls) return Lost("it answered something else than was asked");
  return answers;
}

absl::StatusOr<PostgresRows> PostgresConnection::Ask(std::string_view sql,
                                                     std::vector<std::string> parameters) {
  std::optional<PostgresRows> answer;
  // Not as a pipeline of one: libpq 15 would still give the rows singly there after a Stream.
  absl::Status status = Begin({sql, std::move(parameters)});
  if (status.ok()) status = RunToEnd([&answer](PostgresRows rows) { answer = std::move(rows); });
  if (!status.ok()) return status;
  if (!answer) return Lost("it answered nothing");
  return *std::move(answer);
}

absl::Status PostgresConnection::Stream(const PostgresCall& call,
                                        const std::function<void(const PostgresRows& row)>& row) {
  absl::Status status = Begin(call);
  if (!status.ok()) return status;
  PQsetSingleRowMode(connection_.get());
  return RunToEnd([&row](const PostgresRows& rows) {
    if (rows.count() > 0) row(rows);  // At the end come none.
  });
}

}  // namespace hearth::store
