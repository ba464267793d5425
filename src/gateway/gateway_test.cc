#include "gateway/gateway.h"

#include <gtest/gtest.h>

#include "base/manual_clock.h"
#include "gateway/temporary_journal.h"
#include "wire/uuid.h"

namespace hearth::gateway {
namespace {

TEST(GatewayTest, ASessionThatIsBeingOpenedIsSweptAsOthersAre) {
  base::ManualClock clock;
  TemporaryJournal journal;
  Gateway::Options options;
  options.fleet.socket_directory = journal.directory();
  options.fleet.temp_directory = journal.directory() + "/temp";
  Gateway gateway(options, journal.Take(), &clock);
  const auto session = std::make_shared<wire::Session>(wire::SessionKey{"user", wire::NewUuid()},
                                                       options.limits, clock.Now());
  auto state = gateway.OpenSession(*session);
  gateway.Sweep();
  session->SetState(std::move(state));
  gateway.Sweep();
}

}  // namespace
}  // namespace hearth::gateway
