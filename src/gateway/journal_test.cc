#include "gateway/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "absl/strings/str_join.h"
#include "gateway/change_record.h"
#include "gateway/journal_records.h"
#include "gateway/temporary_journal.h"
#include "wire/uuid.h"

namespace hearth::gateway {
namespace {

std::string Text(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

std::shared_ptr<const SessionChange> Change(const std::string& plan) {
  SessionChange change;
  change.plan = grpc::Slice(plan);
  change.configuration = std::make_shared<Journal::Pairs>(Journal::Pairs{{"spark.a", "1"}, {"spark.b", ""}});
  change.kind = "create_dataframe_view";
  change.operation_id = "op";
  change.responses = {"one", std::string("t\0wo", 4)};
  change.view = "v";
  return std::make_shared<const SessionChange>(std::move(change));
}

class JournalTest : public testing::Test {
 protected:
  wire::Session NewSession() { return {{"us/er", wire::NewUuid()}, limits_, base::Instant()}; }

  template <typename Call>
  absl::Status Wait(Call call) {
    std::promise<absl::Status> done;
    call([&](const absl::Status& status) { done.set_value(status); });
    return done.get_future().get();
  }
  absl::Status Open(const wire::Session& session) {
    return Wait([&](auto done) { journal_->Open(session, done); });
  }
  absl::Status Append(const wire::Session& session, const std::string& plan, const SessionLog::Place& place) {
    return Wait([&](auto done) { journal_->Append(session, Change(plan), place, done); });
  }

  void Add(const wire::Session& session, size_t number, const std::string& name) {
    const auto content = std::make_shared<const std::string>("content");
    EXPECT_TRUE(
        Wait([&](auto done) { journal_->AddArtifacts(session, number, {{name, content}}, done); }).ok());
  }
  /// The content of its first artifact.
  void Spoil(const wire::Session& session) {
    std::ofstream(journal_.files() + "/" + session.server_side_id() + "/artifact-" + std::string(20, '0'))
        << "conTent";
  }

  std::vector<KeptSession> Load() {
    absl::StatusOr<Journal::Contents> contents = journal_->Load();
    EXPECT_TRUE(contents.ok()) << contents.status();
    damaged_ = absl::StrJoin(contents->damaged, "\n");
    closed_ = contents->closed;
    return std::move(contents->sessions);
  }
  void Close(const wire::Session& session, bool stays_closed) {
    std::promise<void> done;
    journal_->Close(session, stays_closed, [&done] { done.set_value(); });
    done.get_future().wait();
  }
  /// Changes the store behind the journal's back.
  void InStore(const store::Batch& batch) {
    journal_.WhileClosed([&batch](store::Store& store) {
      std::promise<absl::Status> done;
      store.Commit(batch, [&done](const absl::Status& status) { done.set_value(status); });
      EXPECT_TRUE(done.get_future().get().ok());
    });
  }

  const wire::Limits limits_;
  TemporaryJournal journal_;
  std::string damaged_;
  std::vector<wire::SessionKey> closed_;
};

TEST_F(JournalTest, BegunResultsAreFoundUntilTheyAreErased) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  BegunResult begun{.request = {.operation_id = "one",
                                .tags = {"a", "b"},
                                .reattachable = true,
                                .arrow_chunking = true,
                                .preferred_chunk_bytes = 7,
                                .plan = grpc::Slice("plan")},
                    .engine = "native",
                    .version = "1",
                    .position = 3,
                    .configuration = std::make_shared<Journal::Pairs>(Journal::Pairs{{"spark.a", "1"}}),
                    .files = 1234567890123456789};
  const auto put = [&](const std::string& operation) {
    begun.request.operation_id = operation;
    EXPECT_TRUE(Wait([&](auto done) { journal_->PutBegun(session, begun, done); }).ok());
  };
  put("one");
  put("two");
  put("spoilt");
  journal_->EraseBegun(session, {"two"});
  ASSERT_TRUE(Append(session, "first", {1, {}}).ok());  // So that the one before is done.
  InStore(std::move(
      store::Batch().Put("session/" + session.server_side_id() + "/begun/spoilt", "\xff\xff no record")));
  journal_.Reopen();
  const auto found = Load();
  ASSERT_EQ(found.size(), 1u) << damaged_;
  ASSERT_EQ(found[0].begun.size(), 1u);
  const BegunResult& one = found[0].begun.at("one");
  EXPECT_EQ(one.request.operation_id, "one");
  EXPECT_EQ(one.request.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(one.request.reattachable && one.request.arrow_chunking);
  EXPECT_EQ(one.request.preferred_chunk_bytes, 7);
  EXPECT_EQ(wire::BytesOf(one.request.plan), "plan");
  EXPECT_EQ(one.engine + one.version, "native1");
  EXPECT_EQ(one.position, 3u);
  EXPECT_EQ(*one.configuration, *begun.configuration);
  EXPECT_EQ(one.files, begun.files);
}

TEST_F(JournalTest, ASessionIsFoundAsItWas) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  const std::string large(3 << 20, 'x');
  ASSERT_TRUE(Append(session, "first", {1, {}}).ok());
  ASSERT_TRUE(Append(session, large, {2, {}}).ok());
  ASSERT_TRUE(Append(session, "third", {3, {1}}).ok());
  ASSERT_TRUE(Wait([&](auto done) {
                journal_->Configure(session, {{"spark.gone", "1"}}, {{"spark.set", "2"}, {"spark.to/o", ""}},
                                    done);
              }).ok());
  const auto content = std::make_shared<const std::string>("content");
  ASSERT_TRUE(
      Wait([&](auto done) { journal_->AddArtifacts(session, 0, {{"cache/a", content}}, done); }).ok());

  journal_.Reopen();
  const auto found = Load();
  ASSERT_EQ(found.size(), 1u) << damaged_;
  EXPECT_EQ(found[0].key, session.key());
  EXPECT_EQ(found[0].server_side_id, session.server_side_id());
  EXPECT_EQ(found[0].configuration, (Journal::Pairs{{"spark.set", "2"}, {"spark.to/o", ""}}));
  ASSERT_EQ(found[0].changes.size(), 2u) << "the first was superseded";
  EXPECT_EQ(found[0].changes[0].position, 2u);
  EXPECT_EQ(Text(found[0].changes[0].change->plan), large);
  const SessionChange& third = *found[0].changes[1].change;
  EXPECT_EQ(Text(third.plan), "third");
  EXPECT_EQ(*third.configuration, *Change("")->configuration);
  EXPECT_EQ(third.responses, Change("")->responses);
  EXPECT_EQ(third.view, "v");
  EXPECT_EQ(third.operation_id, "op");
  ASSERT_EQ(found[0].artifacts.size(), 1u);
  EXPECT_EQ(found[0].artifacts[0].name, "cache/a");
  EXPECT_EQ(*found[0].artifacts[0].content, "content");
}

TEST_F(JournalTest, ACopyIsWholeAndNothingStaysOfAClosedSession) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  std::vector<SessionSnapshot::Entry> changes;
  for (uint64_t i = 1; i <= 40; ++i) changes.push_back({i, Change(std::string(500'000, 'x'))});
  const auto content = std::make_shared<const std::string>("content");
  ASSERT_TRUE(Wait([&](auto done) {
                journal_->Copy(session, {changes, {{"spark.a", "1"}}, {{"cache/a", content}}}, done);
              }).ok());
  journal_.Reopen();
  ASSERT_EQ(Load().size(), 1u) << damaged_;
  EXPECT_EQ(Load()[0].changes.size(), 40u);
  EXPECT_EQ(Load()[0].artifacts.size(), 1u);

  Close(session, false);
  journal_.Reopen();
  EXPECT_TRUE(Load().empty());
  EXPECT_EQ(damaged_, "");
  EXPECT_FALSE(std::filesystem::exists(journal_.files() + "/" + session.server_side_id()));
}

TEST_F(JournalTest, ADamagedSessionIsNamedAndTheOthersComeBack) {
  const wire::Session whole = NewSession();
  const wire::Session damaged = NewSession();
  ASSERT_TRUE(Open(whole).ok());
  ASSERT_TRUE(Open(damaged).ok());
  Add(damaged, 0, "jars/a");
  Spoil(damaged);
  journal_.Reopen();
  const auto found = Load();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key, whole.key());
  EXPECT_EQ(damaged_,
            "session " + damaged.server_side_id() + ": its artifact jars/a is not what was uploaded");
}

TEST_F(JournalTest, ABlockThatIsGoneIsMissedAndTheOthersKeepTheirNumbers) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  Add(session, 0, "cache/a");
  Add(session, 1, "cache/b");
  Spoil(session);
  journal_.Reopen();
  const auto found = Load();
  ASSERT_EQ(found.size(), 1u) << damaged_;
  ASSERT_EQ(found[0].artifacts.size(), 2u);
  EXPECT_EQ(found[0].artifacts[0].content, nullptr);
  EXPECT_EQ(found[0].artifacts[1].name, "cache/b");
}

TEST_F(JournalTest, NothingFollowsTheEndOfASession) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  Close(session, false);
  EXPECT_EQ(Append(session, "late", {1, {}}).code(), absl::StatusCode::kCancelled);
  journal_.Reopen();
  EXPECT_TRUE(Load().empty());
  EXPECT_EQ(damaged_, "");
}

TEST_F(JournalTest, AnotherStoreLeavesTheFilesAlone) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  Add(session, 0, "jars/a");
  {
    auto other = Journal::Of(*store::OpenSqliteStore({.path = journal_.directory() + "/other.db"}),
                             {.folder = journal_.directory() + "/sessions"});
    ASSERT_TRUE(other.ok());
    EXPECT_TRUE((*other)->Load()->sessions.empty());
  }
  journal_.Reopen();
  EXPECT_EQ(Load().size(), 1u) << damaged_;
}

TEST_F(JournalTest, FilesOfAnEarlierVersionAreTakenAlong) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  Add(session, 0, "jars/a");
  const std::string files = journal_.files();
  journal_.WhileClosed([&](store::Store&) {
    std::filesystem::rename(files + "/" + session.server_side_id(),
                            journal_.directory() + "/sessions/" + session.server_side_id());
  });
  EXPECT_EQ(Load().size(), 1u) << damaged_;
}

TEST_F(JournalTest, TheFileOfALargeChangeGoesWithIt) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  ASSERT_TRUE(Append(session, std::string(2 << 20, 'x'), {1, {}}).ok());
  const std::string file =
      journal_.files() + "/" + session.server_side_id() + "/change-" + std::string(19, '0') + "1";
  EXPECT_TRUE(std::filesystem::exists(file));
  ASSERT_TRUE(Append(session, "small", {2, {1}}).ok());
  journal_.Reopen();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(JournalTest, SessionsThatStayClosedAreRememberedUpToALimit) {
  std::vector<wire::SessionKey> keys;
  for (int i = 0; i < 3; ++i) {
    const wire::Session session = NewSession();
    ASSERT_TRUE(Open(session).ok());
    keys.push_back(session.key());
    Close(session, /*stays_closed=*/true);
  }
  const wire::Session reconnects = NewSession();
  ASSERT_TRUE(Open(reconnects).ok());
  Close(reconnects, /*stays_closed=*/false);
  for (int i = 0; i < 2; ++i) {
    journal_.Reopen();
    EXPECT_TRUE(Load().empty());
    EXPECT_EQ(closed_, (std::vector<wire::SessionKey>{keys[1], keys[2]})) << "two are the most here";
  }
  const wire::Session another = NewSession();
  ASSERT_TRUE(Open(another).ok());
  Close(another, /*stays_closed=*/true);
  journal_.Reopen();
  Load();
  EXPECT_EQ(closed_, (std::vector<wire::SessionKey>{keys[2], another.key()}));
}

TEST_F(JournalTest, KnowsWhenASessionWasLastUsed) {
  const wire::Session session = NewSession();
  const wire::Session closed = NewSession();
  ASSERT_TRUE(Open(session).ok());
  ASSERT_TRUE(Open(closed).ok());
  journal_.Reopen();
  EXPECT_EQ(Load()[0].last_used, Load()[0].opened);
  EXPECT_GT(Load()[0].opened.count(), 1'700'000'000'000) << "by the wall clock";
  Close(closed, false);
  journal_->NoteUses({{session, std::chrono::milliseconds(5)}, {closed, std::chrono::milliseconds(6)}});
  journal_.Reopen();
  ASSERT_EQ(Load().size(), 1u);
  EXPECT_EQ(Load()[0].last_used.count(), 5);
  EXPECT_EQ(damaged_, "");
}

TEST_F(JournalTest, ASessionOfWhichNothingOrNoBeginningIsLeftIsTold) {
  const wire::Session gone = NewSession();
  const wire::Session headless = NewSession();
  ASSERT_TRUE(Open(gone).ok());
  ASSERT_TRUE(Open(headless).ok());
  ASSERT_TRUE(Append(headless, "first", {1, {}}).ok());
  InStore(std::move(store::Batch()
                        .ErasePrefix("session/" + gone.server_side_id())
                        .Erase("session/" + headless.server_side_id() + "/opened")));
  EXPECT_TRUE(Load().empty());
  EXPECT_THAT(damaged_, testing::HasSubstr(gone.server_side_id() + " (" + gone.key().session_id +
                                           " of user us/er): all of it is gone"));
  EXPECT_THAT(damaged_, testing::HasSubstr(headless.server_side_id()));
  journal_.Reopen();
  Load();
  EXPECT_THAT(damaged_, testing::Not(testing::HasSubstr(gone.server_side_id()))) << "that is said once";
  EXPECT_THAT(damaged_, testing::HasSubstr("its beginning is gone"));
}

TEST_F(JournalTest, OfTwoSessionsWithOneKeyTheLaterComesBack) {
  const wire::SessionKey key{"user", wire::NewUuid()};
  const wire::Session ended{key, limits_, base::Instant(), "ffffffff-ended"};
  const wire::Session latest{key, limits_, base::Instant(), "00000000-latest"};
  ASSERT_TRUE(Open(ended).ok());
  ASSERT_TRUE(Open(latest).ok());
  store::Batch earlier;
  earlier.Put("session/ffffffff-ended/opened", Encode(SessionRecord{key, std::chrono::milliseconds(5)}));
  InStore(earlier);
  for (int i = 0; i < 2; ++i) {
    const auto found = Load();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].server_side_id, "00000000-latest");
    EXPECT_EQ(damaged_, "");
    journal_.Reopen();
  }
}

TEST_F(JournalTest, KeysThatMakeNoSenseDamageTheirSessionAlone) {
  const wire::Session whole = NewSession();
  const wire::Session damaged = NewSession();
  ASSERT_TRUE(Open(whole).ok());
  ASSERT_TRUE(Open(damaged).ok());
  const std::string prefix = "session/" + damaged.server_side_id();
  InStore(std::move(store::Batch()
                        .Put(prefix + "/change/x", EncodeChange(*Change("plan"), false))
                        .Put(prefix + "/artifact/99999999999999999999", "")));
  const auto found = Load();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key, whole.key());
  EXPECT_THAT(damaged_, testing::HasSubstr(damaged.server_side_id()));
}

TEST_F(JournalTest, AChangedPlanInAFileDamagesItsSession) {
  const wire::Session session = NewSession();
  ASSERT_TRUE(Open(session).ok());
  ASSERT_TRUE(Append(session, std::string(2 << 20, 'x'), {1, {}}).ok());
  const std::string file =
      journal_.files() + "/" + session.server_side_id() + "/change-" + std::string(19, '0') + "1";
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(1 << 20).put('y');
  journal_.Reopen();
  EXPECT_TRUE(Load().empty());
  EXPECT_THAT(damaged_, testing::HasSubstr("is not what was written"));
  std::filesystem::remove(file);
  EXPECT_TRUE(Load().empty());
  EXPECT_THAT(damaged_, testing::HasSubstr("is gone"));
}

TEST(ChangeRecordTest, RefusesWhatIsNone) {
  const std::string record = EncodeChange(*Change("plan"), false);
  EXPECT_TRUE(DecodeChange(record).has_value());
  EXPECT_FALSE(DecodeChange(record.substr(0, record.size() - 1)).has_value());
}

}  // namespace
}  // namespace hearth::gateway
