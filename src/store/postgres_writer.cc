#include "store/postgres_writer.h"

#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "store/entry.h"
#include "store/keys.h"
#include "store/postgres_values.h"
#include "store/precondition.h"

namespace hearth::store {

namespace {

/// hearth_fence() has refused the transaction.
constexpr char kFenced[] = "HT001";
/// A transaction is sent again so often, each time because the connection was lost under it.
constexpr int kAttemptsMax = 5;
constexpr absl::Duration kReconnectPause = absl::Milliseconds(50);

constexpr char kFence[] = "SELECT hearth_fence($1::bigint, $2::bigint, $3::bigint)";
constexpr char kEraseRange[] = "DELETE FROM hearth_entries WHERE key >= $1::bytea AND key < $2::bytea";
constexpr char kEraseFrom[] = "DELETE FROM hearth_entries WHERE key >= $1::bytea";
constexpr char kErase[] = "DELETE FROM hearth_entries WHERE key = ANY ($1::bytea[])";
constexpr char kPut[] =
    "INSERT INTO hearth_entries SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[])"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum";
/// One row at least, so that the id is there.
constexpr char kRead[] =
    "SELECT s.commit_id, e.key IS NOT NULL, e.key, e.value FROM hearth_store s"
    " LEFT JOIN hearth_entries e ON e.key = ANY ($1::bytea[])";

/// A connection that answered so lately is not asked whether the server is there before it is used.
constexpr std::chrono::milliseconds kHeardOfLately{50};

/// All further transactions fail like this.
bool IsForEver(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsDataLoss(status);
}

int64_t NewId() {
  static thread_local std::mt19937_64 random{(uint64_t{std::random_device{}()} << 32) |
                                             std::random_device{}()};
  return static_cast<int64_t>(random());
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresWriter>> PostgresWriter::Make(
    const PostgresOptions& options, std::unique_ptr<PostgresConnection> connection, PostgresLease lease) {
  auto writer = absl::WrapUnique(new PostgresWriter(options, lease));
  const absl::StatusOr<int64_t> latest = lease.LatestCommit(*connection);
  if (!latest.ok()) return latest.status();
  writer->latest_ = *latest;
  const absl::Status status = writer->Use(std::move(connection));
  if (!status.ok()) return status;
  return writer;
}

PostgresWriter::~PostgresWriter() {
  Rollback();
  if (connection_ != nullptr && !connection_->lost()) lease_.GiveBack(*connection_);
}

/// A connection of this writer's: durable whatever the database's default is, and nothing of it goes on for
/// long after we have given it up.
absl::Status PostgresWriter::Use(std::unique_ptr<PostgresConnection> connection) {
  const absl::Status status = connection->Execute(absl::StrCat(
      "SELECT set_config('synchronous_commit', 'on', false)"
      " WHERE current_setting('synchronous_commit') = 'off'; SET statement_timeout = ",
      options_.silence_max.count() * 3 / 4, "; SET lock_timeout = ", options_.silence_max.count() / 2,
      "; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"));
  if (!status.ok()) return status;
  life_is_proved_ = lease_.ProveLife(*connection);
  connection_ = std::move(connection);
  return LookUpLatest();
}

/// A connection that works, a new one if need be; tries until then.
absl::Status PostgresWriter::Connected(std::chrono::steady_clock::time_point until) {
  if (connection_ != nullptr && !connection_->lost()) return absl::OkStatus();
  for (;;) {
    connection_.reset();
    absl::StatusOr<std::unique_ptr<PostgresConnection>> connection =
        PostgresConnection::Open(options_.target, options_.silence_max);
    const absl::Status status = connection.ok() ? Use(*std::move(connection)) : connection.status();
    was_there_ = status.ok();
    if (status.ok() || IsForEver(status)) return status;
    if (abandoned_ || std::chrono::steady_clock::now() >= until) return status;
    absl::SleepFor(kReconnectPause);
  }
}

/// Which transaction the next one follows: the latest that we know of, or one that was in doubt.
absl::Status PostgresWriter::LookUpLatest() {
  const absl::StatusOr<int64_t> latest = lease_.LatestCommit(*connection_);
  if (!latest.ok()) return latest.status();
  if (*latest != latest_ && in_doubt_.count(*latest) == 0) {
    connection_.reset();
    return absl::DataLossError(absl::StrCat(
        options_.target.shown,
        " has gone back to an earlier state, without commits that were answered: was it put back from a "
        "copy, "
        "or did a standby take over that had not all of them? Nothing more is written to it; start Hearth "
        "anew to go on with what is there"));
  }
  latest_ = *latest;
  return absl::OkStatus();
}

absl::Status PostgresWriter::Begin() {
  changes_.Clear();
  read_.clear();
  read_at_.reset();
  const auto now = std::chrono::steady_clock::now();
  // What is not sent is not in doubt: so a server that went away or hangs since is found out before.
  if (connection_ != nullptr) connection_->Probe(now - heard_ > kHeardOfLately);
  const absl::Status status = Connected(was_there_ ? now + options_.reconnect_time : now);
  if (status.ok()) heard_ = std::chrono::steady_clock::now();
  return status;
}

absl::Status PostgresWriter::Apply(const Batch& batch) {
  absl::Status status = Read(batch);
  if (!status.ok()) return status;
  for (const Batch::Precondition& precondition : batch.preconditions())
    if (status = Check(precondition); !status.ok()) return status;
  changes_.Add(batch);
  return absl::OkStatus();
}

/// What the batch's preconditions ask of the store itself.
absl::Status PostgresWriter::Read(const Batch& batch) {
  PostgresArray keys = PostgresArray::OfBytes();
  bool any = false;
  for (const Batch::Precondition& precondition : batch.preconditions()) {
    std::string_view ignored;
    if (changes_.Find(precondition.key, &ignored) != PendingChanges::Known::kNothing) continue;
    keys.Add(precondition.key);
    any = true;
  }
  if (!any) return absl::OkStatus();
  const absl::StatusOr<PostgresRows> rows = connection_->Ask(kRead, {std::move(keys).Encoded()});
  if (!rows.ok()) return rows.status();
  if (rows->count() == 0 || rows->Number(0, 0) != latest_) {
    const absl::Status status = LookUpLatest();
    return status.ok() ? absl::UnavailableError(options_.target.shown + " has changed meanwhile") : status;
  }
  read_at_ = latest_;
  for (int row = 0; row < rows->count(); ++row) {
    if (rows->Number(row, 1) == 0) continue;
    read_.insert_or_assign(std::string(rows->Bytes(row, 2)), std::string(rows->Bytes(row, 3)));
  }
  return absl::OkStatus();
}

absl::Status PostgresWriter::Check(const Batch::Precondition& precondition) {
  std::string_view value;
  bool there = false;
  switch (changes_.Find(precondition.key, &value)) {
    case PendingChanges::Known::kPut: there = true; break;
    case PendingChanges::Known::kErased: break;
    case PendingChanges::Known::kNothing:
      if (const auto found = read_.find(precondition.key); found != read_.end()) {
        there = true;
        value = found->second;
      }
  }
  return CheckPrecondition(precondition, there ? std::optional(value) : std::nullopt);
}

std::vector<PostgresCall> PostgresWriter::Changes() const {
  std::vector<PostgresCall> calls;
  for (const std::string_view prefix : changes_.erased_prefixes()) {
    const std::optional<std::string> end = PrefixEnd(prefix);
    calls.push_back(end ? PostgresCall{kEraseRange, {std::string(prefix), *end}}
                        : PostgresCall{kEraseFrom, {std::string(prefix)}});
  }
  if (!changes_.erased().empty()) {
    PostgresArray keys = PostgresArray::OfBytes();
    for (const std::string_view key : changes_.erased()) keys.Add(key);
    calls.push_back({kErase, {std::move(keys).Encoded()}});
  }
  if (changes_.put().empty()) return calls;
  PostgresArray keys = PostgresArray::OfBytes();
  PostgresArray values = PostgresArray::OfBytes();
  PostgresArray checksums = PostgresArray::OfNumbers();
  for (const auto& [key, value] : changes_.put()) {
    keys.Add(key);
    values.Add(value);
    checksums.Add(EntryChecksum(key, value));
  }
  calls.push_back(
      {kPut, {std::move(keys).Encoded(), std::move(values).Encoded(), std::move(checksums).Encoded()}});
  return calls;
}

/// One transaction. The fence stands at its end, so that the row of the lease is not held while the server
/// waits for the rest of what a lost connection has sent by halves.
absl::Status PostgresWriter::Send(int64_t id, bool with_changes) {
  std::vector<PostgresCall> calls;
  calls.push_back({"BEGIN", {}});
  if (with_changes)
    for (PostgresCall& change : Changes()) calls.push_back(std::move(change));
  calls.push_back({kFence, {PostgresNumber(lease_.epoch()), PostgresNumber(latest_), PostgresNumber(id)}});
  calls.push_back({"COMMIT", {}});
  absl::Status status = connection_->Run(calls).status();
  if (status.ok()) {
    latest_ = id;
    heard_ = std::chrono::steady_clock::now();
  } else if (connection_->lost()) {
    in_doubt_.insert(id);
  } else {
    Rollback();
  }
  return status;
}

/// What has been sent and not been answered may be done at any time, so nobody is told of a failure before it
/// cannot be done any more: then it is sent again, or, if that fails, an empty transaction takes its place.
absl::Status PostgresWriter::Commit() {
  const int64_t id = NewId();
  absl::Status failure;
  for (int attempts = 0;;) {
    const bool in_doubt = in_doubt_.count(id) != 0;
    const auto now = std::chrono::steady_clock::now();
    absl::Status status =
        Connected(in_doubt ? std::chrono::steady_clock::time_point::max() : now + options_.reconnect_time);
    if (status.ok() && latest_ == id) break;
    if (!status.ok()) return in_doubt && !IsForEver(status) ? Unknown(status) : status;
    if (failure.ok() && read_at_ && *read_at_ != latest_)
      failure = absl::UnavailableError(options_.target.shown + " has changed meanwhile");
    if (!failure.ok() && !in_doubt) return failure;
    status = Send(failure.ok() ? id : NewId(), /*with_changes=*/failure.ok());
    if (status.ok()) {
      in_doubt_.clear();
      return failure;
    }
    if (connection_->lost()) {
      if (++attempts == kAttemptsMax) failure = status;
    } else if (connection_->sqlstate() == kFenced) {
      // Somebody else has the store, or what was in doubt has been done after all, maybe this one.
      status = LookUpLatest();
      if (IsForEver(status)) return status;
      if (latest_ == id) break;
    } else if (failure.ok()) {
      failure = status;
    }
  }
  in_doubt_.clear();
  return absl::OkStatus();
}

absl::Status PostgresWriter::Unknown(const absl::Status& status) const {
  return absl::UnavailableError(
      absl::StrCat(status.message(), "; whether the change was kept will be known when it is back"));
}

void PostgresWriter::Rollback() {
  if (connection_ == nullptr || connection_->lost() || !connection_->in_transaction()) return;
  connection_->Execute("ROLLBACK").IgnoreError();
}

void PostgresWriter::Upkeep() {
  const auto now = std::chrono::steady_clock::now();
  if (now - renewed_ < options_.lease_renewal) return;
  renewed_ = now;
  if (!Connected(now).ok()) return;
  if (!life_is_proved_) life_is_proved_ = lease_.ProveLife(*connection_);
  lease_.Renew(*connection_);
}

}  // namespace hearth::store
