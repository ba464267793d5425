#include "engine/service/cancellation.h"

#include <algorithm>

#include "base/check.h"
#include "spark/error.h"

namespace hearth::engine {

void Cancellation::Cancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  if (run_ != nullptr) run_->Interrupt();
}

bool Cancellation::cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

void Cancellation::Nudge() {
  absl::MutexLock lock(&mutex_);
  if (cancelled_ && run_ != nullptr) run_->Interrupt();
}

Cancellation::Progress Cancellation::ProgressNow() {
  absl::MutexLock lock(&mutex_);
  // DuckDB's estimate may fall when a pipeline turns out to be longer, and is negative where it has none.
  if (run_ != nullptr) progress_.fraction = std::clamp(run_->Progress(), progress_.fraction, 1.0);
  return progress_;
}

void Cancellation::Check() const {
  if (cancelled()) throw spark::Error(spark::ExceptionKind::kSql, "OPERATION_CANCELED", {});
}

Cancellation::Scope::Scope(Cancellation& cancellation, QueryRun& run) : cancellation_(cancellation) {
  absl::MutexLock lock(&cancellation_.mutex_);
  HEARTH_CHECK(cancellation_.run_ == nullptr) << "an operation runs one statement at a time";
  cancellation_.run_ = &run;
}

Cancellation::Scope::~Scope() {
  absl::MutexLock lock(&cancellation_.mutex_);
  cancellation_.run_ = nullptr;
  ++cancellation_.progress_.statements_done;
  cancellation_.progress_.fraction = 0;
}

}  // namespace hearth::engine
