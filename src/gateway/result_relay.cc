#include "gateway/result_relay.h"

#include <time.h>

#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/repeatable.h"
#include "spark/error.h"
#include "wire/batch_response.h"
#include "wire/fields.h"
#include "wire/request.h"
#include "wire/response.h"
#include "wire/session.h"

namespace hearth::gateway {

namespace {

/// A file system's clock may be so far behind the system's.
constexpr int64_t kClockStepNs = 20'000'000;

/// Longest that the end of a result waits until what another server needs is kept.
constexpr std::chrono::seconds kOpeningMax{5};

/// A result of this size is looked at in some ten microseconds.
constexpr size_t kSummedBytesMax = size_t{64} << 10;

int64_t NowNs() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::optional<std::vector<int64_t>> AllOf(const wire::BatchResponse& batch) {
  constexpr int64_t kRowsMax = 16'000'000;  // more are no batch of an engine's
  if (batch.row_count() < 0 || batch.row_count() > kRowsMax) return std::nullopt;
  std::vector<int64_t> rows(static_cast<size_t>(batch.row_count()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// The schema that a response tells, encoded.
std::string_view SchemaIn(const grpc::Slice& response) {
  constexpr int kSchema = 7;  // of ExecutePlanResponse
  wire::FieldScanner fields(wire::BytesOf(response));
  wire::Field field;
  while (fields.Next(&field)) {
    if (field.number == kSchema) return field.bytes;
  }
  return {};
}

}  // namespace

void ResultRelay::GoOnAfter(const BegunResult& begun, const SessionSnapshot& bound,
                            std::function<void(bool)> done) {
  bound_ = bound;
  engine_ = begun.engine;
  version_ = begun.version;
  began_at_ = NowNs();
  if (operation_->had()->rows > 0) {
    schema_delivered_ = true;
    continued_ = 1;
    SearchForPrefix();
  }
  workers_.Run([self = shared_from_this(), digest = begun.files, done = std::move(done)] {
    auto paths = FilesOfRepeatable(self->operation_->request().plan, self->bound_);
    auto files = paths ? FileSnapshot::Take(*paths) : std::nullopt;
    const bool same = files && files->digest() == digest;
    if (same) {
      absl::MutexLock lock(&self->mutex_);
      self->looked_ = true;
      self->paths_ = *std::move(paths);
      self->files_ = std::move(files);
    }
    done(same);
  });
}

void ResultRelay::SearchForPrefix() {
  const wire::ResultPrefix had = *operation_->had();
  search_.emplace(had.rows,
                  [proof = *had.proof](uint64_t digest) { return wire::ShortProof(digest) == proof; });
  found_.emplace(limits_.delivered_rows);
  next_row_ = had.rows;
}

void ResultRelay::BeginAttempt(const SessionSnapshot& bound, const std::string& engine,
                               const std::string& version) {
  if (began_at_ == 0) {
    began_at_ = NowNs();
    bound_ = bound;
  }
  if (continued_ > 0 && (engine != engine_ || version != version_)) Misfit("the version of its engine");
  engine_ = engine;
  version_ = version;
  held_bytes_ = 0;
  has_rows_ = false;
  whole_.clear();
  taken_back_ = false;
  sum_.emplace();
  hold_ = operation_->results().HoldBack();
}

ResultRelay::Room ResultRelay::Take(wire::Response response) {
  if (misfit_ || taken_back_) return Room::kClosed;
  if (response.rows == 0) {
    const wire::ResponseKind kind = wire::KindOf(response.body);
    if (kind == wire::ResponseKind::kProgress)
      return WhileSearching(operation_->results().AppendAhead(std::move(response)));
    response.is_schema = kind == wire::ResponseKind::kSchema;
  }
  if (response.is_schema) {
    if (schema_.Length() == 0) schema_ = response.body;
    if (schema_delivered_) {
      const grpc::Slice told = wire::OnePiece(schema_);
      const grpc::Slice again = wire::OnePiece(response.body);
      return SchemaIn(told) == SchemaIn(again) ? Room::kYes : Misfit("its schema");
    }
  }
  return continued_ > 0 ? TakeOfAnother(std::move(response)) : Append(std::move(response));
}

/// Of an attempt that goes on after rows: leaves out what the client has had, and counts on from there.
ResultRelay::Room ResultRelay::TakeOfAnother(wire::Response response) {
  const auto batch = wire::BatchResponse::Read(response.body);
  if (!batch && response.rows > 0) return Misfit("the form of its rows");
  if (!batch) return WhileSearching(Append(std::move(response)));
  const auto fresh = search_ ? FreshOf(response.body) : AllOf(*batch);
  auto rest = fresh ? batch->WithRows(*fresh, next_row_) : std::nullopt;
  if (!rest) return Misfit("the form of its rows");
  if (search_ && search_->failed()) return Misfit("its rows or their order");
  next_row_ += rest->rows;
  const Room room = rest->bytes() == 0 ? Room::kYes : Append(*std::move(rest));
  if (!search_ || room == Room::kClosed) return room;
  if (search_->missing() > 0) return WhileSearching(room);
  search_ = std::nullopt;
  if (found_) operation_->results().RememberRows(*std::exchange(found_, std::nullopt));
  operation_->results().Open(hold_);
  return operation_->results().has_room() ? Room::kYes : Room::kFull;
}

/// Nobody takes anything before all rows are found, so an attempt that waited for room would wait for ever.
ResultRelay::Room ResultRelay::WhileSearching(Room room) {
  if (!search_ || room != Room::kFull) return room;
  operation_->results().SpoolFromNow();
  return operation_->results().has_room() ? Room::kYes : Misfit("the order of so many rows");
}

/// The rows of this response that the client has not had; nothing if they cannot be told apart.
std::optional<std::vector<int64_t>> ResultRelay::FreshOf(const grpc::ByteBuffer& body) {
  const auto hashes = wire::RowHashesOf(body);
  if (!hashes || hashes->schema != search_->schema().value_or(hashes->schema)) return std::nullopt;
  std::vector<int64_t> fresh;
  wire::RowHashes found{.schema = hashes->schema, .rows = {}};
  for (size_t row = 0; row < hashes->rows.size() && !search_->failed(); ++row) {
    const bool is_found = search_->Find(hashes->rows[row]);
    is_found ? found.rows.push_back(hashes->rows[row]) : fresh.push_back(static_cast<int64_t>(row));
  }
  if (found_ && !found.rows.empty()) found_->Add(found, body.Length());
  return fresh;
}

ResultRelay::Room ResultRelay::Append(wire::Response response) {
  held_bytes_ += response.bytes();
  Sum(response);
  // Of what is delivered while it is made nothing is kept here: it may be long, and wait on the disk.
  if (ring_ != nullptr && held_bytes_ <= ResultRing::kResultBytesMax && !opened()) {
    whole_.push_back(response);
  } else {
    whole_.clear();
  }
  const bool first_rows = response.rows > 0 && !std::exchange(has_rows_, has_rows_ || response.rows > 0);
  const Room room = operation_->results().Append(std::move(response));
  if (search_ || room == Room::kClosed) return room;
  if (held_bytes_ > limits_.hold_back_bytes_max || room == Room::kFull) {
    Open(hold_);
  } else if (first_rows) {
    OpenSoon();
  }
  // Nobody will open it, so nobody makes room.
  return taken_back_ ? Room::kClosed : room;
}

void ResultRelay::OpenSoon() {
  deadlines_.In(limits_.hold_back_time_max, [weak = weak_from_this(), hold = hold_.load()] {
    const auto self = weak.lock();
    if (self != nullptr && !self->operation_->results().ended()) self->Open(hold);
  });
}

/// Soon: it may take a while to see what the query reads.
void ResultRelay::Open(uint64_t hold) {
  {
    absl::MutexLock lock(&mutex_);
    if (opened_ >= hold) return;
    opened_ = hold;
    ++opening_;
  }
  workers_.Run([self = shared_from_this(), hold] { self->Begun(hold); });
}

/// The client is about to get the first rows.
void ResultRelay::Begun(uint64_t hold) {
  wire::ResultBuffer& results = operation_->results();
  const bool may_go_on = KnowsFiles();
  if (may_go_on) results.RememberRows(limits_.delivered_rows);
  // One of an earlier server is kept already.
  if (!may_go_on || !operation_->reattachable() || operation_->had()) return EndOpening(hold);
  BegunResult begun{.request = operation_->request(),
                    .engine = engine_,
                    .version = version_,
                    .position = bound_.position,
                    .configuration = bound_.configuration};
  begun.request.operation_id = operation_->id();
  {
    absl::MutexLock lock(&mutex_);
    begun.files = files_->digest();
  }
  keep_(begun, [self = shared_from_this(), hold] { self->EndOpening(hold); });
}

void ResultRelay::EndOpening(uint64_t hold) {
  operation_->results().Open(hold);
  {
    absl::MutexLock lock(&mutex_);
    if (--opening_ > 0) return;
  }
  EndWaitForOpening();
}

/// Looks at what the query reads, before the client gets the first row of it. Files that have changed since
/// the query began may not be those that it has read.
bool ResultRelay::KnowsFiles() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(looked_, true)) return files_.has_value();
  }
  auto paths = FilesOfRepeatable(operation_->request().plan, bound_);
  auto files = paths ? FileSnapshot::Take(*paths) : std::nullopt;
  if (files && files->changed_at() + kClockStepNs >= began_at_) files = std::nullopt;
  absl::MutexLock lock(&mutex_);
  if (files) paths_ = *std::move(paths);
  files_ = std::move(files);
  return files_.has_value();
}

bool ResultRelay::opened() {
  absl::MutexLock lock(&mutex_);
  return opened_ >= hold_;
}

bool ResultRelay::TakeBack() {
  absl::MutexLock lock(&mutex_);
  if (opened_ >= hold_) return false;
  opened_ = hold_;
  taken_back_ = true;
  return true;
}

bool ResultRelay::StartOver(bool same_engine) {
  const auto delivered = operation_->results().DropUndelivered();
  if (!delivered) return false;
  schema_delivered_ = delivered->schema;
  search_ = std::nullopt;
  if (delivered->rows > 0) return Continues(*delivered, same_engine);
  schema_delivered_ ? void() : schema_.Clear();
  return true;
}

bool ResultRelay::Continues(const wire::ResultBuffer::Delivered& delivered, bool same_engine) {
  const auto refuse = [this](const char* why) {
    why_not_ = why;
    return false;
  };
  if (!same_engine) return refuse("another engine may give other rows");
  std::optional<FileSnapshot> before;
  std::set<std::string> paths;
  {
    absl::MutexLock lock(&mutex_);
    before = files_;
    paths = paths_;
  }
  const auto now = before ? FileSnapshot::Take(paths) : std::nullopt;
  if (!before) return refuse("it is not known to give the same rows again");
  if (!now || !(*now == *before)) return refuse("files that it reads have changed since");
  if (operation_->had() && !delivered.remembered && delivered.rows == operation_->had()->rows) {
    SearchForPrefix();
    ++continued_;
    return true;
  }
  if (!delivered.remembered || !delivered.remembered->is_whole() ||
      delivered.remembered->all().count != delivered.rows) {
    return refuse("so many rows, or rows of such a form, are not remembered");
  }
  search_.emplace(*delivered.remembered);
  next_row_ = delivered.rows;
  ++continued_;
  return true;
}

ResultRelay::Room ResultRelay::Misfit(const std::string& what) {
  misfit_ = wire::FailureOf(spark::Error::WithMessage(
      spark::ExceptionKind::kSpark, "", "", {},
      "The cluster that ran this operation was lost after rows had been delivered, and another one gave "
      "something else: " +
          what + " did not fit. Run it again."));
  return Room::kClosed;
}

void ResultRelay::Finish(bool succeeded, std::function<void(std::optional<wire::Failure>)> done) {
  if (succeeded && search_ && !misfit_) Misfit("a part of its rows");
  if (succeeded && !misfit_) KeepWhole();
  std::function<void()> finish = [self = shared_from_this(), done = std::move(done)] {
    if (!self->misfit_ && !self->search_) self->operation_->results().Open(self->hold_);
    done(self->misfit_);
  };
  {
    absl::MutexLock lock(&mutex_);
    if (opening_ > 0) {
      after_opening_ = std::move(finish);
      finish = nullptr;
    }
  }
  if (finish) return finish();
  // A file system that hangs is not to keep a result for ever: rather the next server will not know of it.
  deadlines_.In(kOpeningMax, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->EndWaitForOpening();
  });
}

/// A result that is shown its client all at once is kept before.
void ResultRelay::KeepWhole() {
  const std::vector<wire::Response> whole = std::exchange(whole_, {});
  const bool is_whole = !opened() && continued_ == 0 && held_bytes_ <= ResultRing::kResultBytesMax;
  if (ring_ == nullptr || !is_whole || !operation_->reattachable()) return;
  // Of a batch in pieces nobody could tell which ones the client has had.
  for (const wire::Response& response : whole) {
    const auto batch = wire::BatchResponse::Read(response.body);
    if (batch && batch->is_chunk()) return;
  }
  ring_->Put(ResultRing::KeyOf(operation_->session().key(), operation_->id()), whole);
}

void ResultRelay::EndWaitForOpening() {
  std::function<void()> after;
  {
    absl::MutexLock lock(&mutex_);
    after = std::exchange(after_opening_, nullptr);
  }
  if (after) after();
}

/// Short results are told apart by a hash, longer ones would take their time.
void ResultRelay::Sum(const wire::Response& response) {
  if (!sum_ || response.rows == 0) return;
  const auto hashes = held_bytes_ <= kSummedBytesMax ? wire::RowHashesOf(response.body) : std::nullopt;
  if (!hashes) {
    sum_ = std::nullopt;
    return;
  }
  for (const uint64_t row : hashes->rows) sum_->Add(row);
}

std::string ResultRelay::result_hash() const {
  if (!sum_ || continued_ > 0) return "";
  return absl::StrCat(absl::Hex(sum_->high, absl::kZeroPad16), absl::Hex(sum_->low, absl::kZeroPad16));
}

}  // namespace hearth::gateway
