// What operations are expected to need: the first of the three signals of placement.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "gateway/gateway_session.h"
#include "gateway/kept_history.h"
#include "gateway/plan_summary.h"
#include "gateway/session_log.h"
#include "placement/files/file_facts.h"
#include "placement/scheduler.h"
#include "placement/size/estimator.h"
#include "wire/workers.h"

namespace hearth::gateway {

/// Estimates from plans, what they read, and the history of their fingerprints. Thread-safe.
class SizeSignal {
 public:
  /// `catalog`: whose tables plans name; nullptr: nobody's.
  SizeSignal(std::shared_ptr<catalog::Catalog> catalog, std::shared_ptr<KeptHistory> history)
      : catalog_(std::move(catalog)),
        history_(std::move(history)),
        workers_({.name = "size", .threads_max = 4}) {}

  /// Of a plan in a session that is at `bound`. Nothing is looked at outside of the plan: nothing if it has
  /// names or files.
  std::optional<placement::PlanSize> SizeAtOnce(const DecodedPlan& plan, const GatewaySession& session,
                                                const SessionSnapshot& bound) {
    return SizeOf(plan, session, bound, /*at_once=*/true);
  }
  /// Looks at all that, on another thread, for half a second at most (PlanInputs). `session` must live until
  /// `done` was called.
  using Sized = std::function<void(std::optional<placement::PlanSize> size)>;
  void SizeLater(std::shared_ptr<const DecodedPlan> plan, const GatewaySession& session,
                 SessionSnapshot bound, Sized done);

  /// What that needs on an engine: as planned, and corrected by history.
  struct Expected {
    placement::Estimate planned;
    placement::Estimate corrected;
  };
  /// `names`: under which its like may have run before; the first that has counts.
  Expected Expect(const placement::PlanSize& size, const std::vector<std::string>& names,
                  const std::string& engine, const std::string& version) const;

  /// An attempt has shown what it takes.
  void Learn(const std::vector<std::string>& names, const std::string& engine, const std::string& version,
             const placement::Observation& observation);
  /// See KeptHistory.
  void Keep() { history_->Keep(); }

 private:
  std::optional<placement::PlanSize> SizeOf(const DecodedPlan& plan, const GatewaySession& session,
                                            const SessionSnapshot& bound, bool at_once);

  const std::shared_ptr<catalog::Catalog> catalog_;
  const std::shared_ptr<KeptHistory> history_;
  placement::FileFacts files_;
  /// Of its own: file systems may be slow, and nobody else is to wait for them.
  wire::Workers workers_;
};

/// As the scheduler takes it.
placement::Expectation ExpectationOf(const placement::Estimate& estimate);

}  // namespace hearth::gateway
