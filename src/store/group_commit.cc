#include "store/group_commit.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "store/keys.h"
#include "store/limits.h"

namespace hearth::store {

namespace {

absl::Status CheckKeys(const Batch& batch) {
  for (const Batch::Step& step : batch.steps()) {
    if (step.key.size() <= kKeyBytesMax) continue;
    return absl::InvalidArgumentError(absl::StrCat("a key of ", step.key.size(), " bytes is longer than ",
                                                   kKeyBytesMax, ": ", QuotedKey(step.key)));
  }
  return absl::OkStatus();
}

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<BatchWriter> writer, Options options)
    : writer_(std::move(writer)), options_(options), thread_([this] { Run(); }) {}

GroupCommit::~GroupCommit() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  writer_->Abandon();
  thread_.join();
}

void GroupCommit::Commit(Batch batch, Store::Done done) {
  Entry entry{std::move(batch), std::move(done)};
  entry.bytes = entry.batch.bytes();
  entry.status = CheckKeys(entry.batch);
  absl::MutexLock lock(&mutex_);
  if (entry.status.ok() && entry.bytes > options_.queue_bytes_max - queued_bytes_) {
    entry.status = absl::ResourceExhaustedError(
        absl::StrCat("a batch of ", entry.bytes, " bytes does not fit into the store's queue, which has ",
                     queued_bytes_, " of ", options_.queue_bytes_max, " bytes"));
  }
  if (!entry.status.ok()) {
    // It waits for its turn to be told, but holds nothing meanwhile.
    entry.batch = Batch();
    entry.bytes = 0;
  }
  queued_bytes_ += entry.bytes;
  queue_.push_back(std::move(entry));
}

void GroupCommit::Run() {
  for (;;) {
    Group group;
    {
      const auto due = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); };
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&due), absl::FromChrono(options_.upkeep_interval));
      if (stopping_ && queue_.empty()) return;
      group.swap(queue_);
    }
    if (!group.empty()) Write(std::move(group));
    writer_->Upkeep();
  }
}

void GroupCommit::Write(Group group) {
  const absl::Status whole = Transact(&group);
  size_t bytes = 0;
  for (Entry& entry : group) {
    bytes += entry.bytes;
    // What was found out about a batch in a transaction that is gone is not known any more.
    if (!whole.ok() && entry.attempted) entry.status = whole;
  }
  {
    absl::MutexLock lock(&mutex_);
    queued_bytes_ -= bytes;
  }
  for (Entry& entry : group) entry.done(std::move(entry.status));
}

absl::Status GroupCommit::Transact(Group* group) {
  absl::Status whole = writer_->Begin();
  for (Entry& entry : *group) {
    if (!entry.status.ok()) continue;
    entry.attempted = true;
    if (!whole.ok()) continue;
    entry.status = writer_->Apply(entry.batch);
    if (!entry.status.ok() && !absl::IsAborted(entry.status)) whole = entry.status;
  }
  if (whole.ok()) whole = writer_->Commit();
  if (!whole.ok()) writer_->Rollback();
  return whole;
}

}  // namespace hearth::store
