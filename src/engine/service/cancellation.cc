#include "engine/service/cancellation.h"

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

double Cancellation::Progress() const {
  absl::MutexLock lock(&mutex_);
  return run_ == nullptr ? -1 : run_->Progress();
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
}

}  // namespace hearth::engine
