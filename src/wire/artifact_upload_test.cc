#include "wire/artifact_upload.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include <functional>

#include "spark/error.h"

namespace hearth::wire {
namespace {

using Request = ::spark::connect::AddArtifactsRequest;

void Fill(const std::string& data, Request::ArtifactChunk* chunk) {
  chunk->set_data(data);
  chunk->set_crc(Crc32(data));
}

TEST(ArtifactUpload, SmallOnesComeTogether) {
  Request request;
  for (const char* name : {"cache/a", "cache/b"}) {
    auto* artifact = request.mutable_batch()->add_artifacts();
    artifact->set_name(name);
    Fill(name, artifact->mutable_data());
  }
  request.mutable_batch()->mutable_artifacts(1)->mutable_data()->set_crc(7);
  ArtifactUpload upload(100);
  const auto artifacts = upload.Take(request.SerializeAsString());
  ASSERT_EQ(artifacts.size(), 2U);
  EXPECT_EQ(artifacts[0].content, "cache/a");
  EXPECT_TRUE(artifacts[0].crc_successful);
  EXPECT_FALSE(artifacts[1].crc_successful);
  EXPECT_TRUE(upload.complete());
}

TEST(ArtifactUpload, LargeOnesComeInChunks) {
  ArtifactUpload upload(100);
  Request begin;
  begin.mutable_begin_chunk()->set_name("cache/a");
  begin.mutable_begin_chunk()->set_num_chunks(2);
  Fill("one", begin.mutable_begin_chunk()->mutable_initial_chunk());
  EXPECT_TRUE(upload.Take(begin.SerializeAsString()).empty());
  EXPECT_FALSE(upload.complete());
  Request next;
  Fill("two", next.mutable_chunk());
  const auto artifacts = upload.Take(next.SerializeAsString());
  ASSERT_EQ(artifacts.size(), 1U);
  EXPECT_EQ(artifacts[0].content, "onetwo");
  EXPECT_TRUE(upload.complete());
}

std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const spark::Error& error) {
    return error.message();
  }
  return "";
}

TEST(ArtifactUpload, RefusesChunksThatBelongToNothing) {
  Request chunk;
  Fill("data", chunk.mutable_chunk());
  EXPECT_EQ(MessageOf([&] { ArtifactUpload(100).Take(chunk.SerializeAsString()); }), "requirement failed");
  EXPECT_NE(MessageOf([] { ArtifactUpload(100).Take(Request().SerializeAsString()); }), "");
}

TEST(ArtifactUpload, RefusesWhatIsLargerThanItsLimit) {
  Request begin;
  begin.mutable_begin_chunk()->set_name("a");
  begin.mutable_begin_chunk()->set_num_chunks(1);
  Fill("data", begin.mutable_begin_chunk()->mutable_initial_chunk());
  EXPECT_THROW(ArtifactUpload(3).Take(begin.SerializeAsString()), spark::Error);
  EXPECT_EQ(ArtifactUpload(4).Take(begin.SerializeAsString()).size(), 1U);
}

TEST(ArtifactUpload, CountsWhatWasAnnounced) {
  Request begin;
  begin.mutable_begin_chunk()->set_name("a");
  begin.mutable_begin_chunk()->set_num_chunks(1);
  begin.mutable_begin_chunk()->set_total_bytes(9);
  Fill("data", begin.mutable_begin_chunk()->mutable_initial_chunk());
  EXPECT_EQ(MessageOf([&] { ArtifactUpload(100).Take(begin.SerializeAsString()); }),
            "Missing data chunks for artifact: a. Expected 1 chunks and received 1 chunks. Processed 4 bytes "
            "out of "
            "9 bytes.");
  begin.mutable_begin_chunk()->set_num_chunks(0);
  EXPECT_EQ(
      MessageOf([&] { ArtifactUpload(100).Take(begin.SerializeAsString()); }),
      "Excessive data chunks for artifact: a, expected 0 chunks in total. Processed 0 bytes out of 9 bytes.");
}

TEST(ArtifactName, IsARelativePathThatStaysInside) {
  EXPECT_EQ(NormalizedArtifactName("files/a/../b"), "files/b");
  EXPECT_EQ(NormalizedArtifactName("files//./b"), "files/b");
  for (const char* bad : {"", "/etc/x", "..", "../x", "files/../../x", "a/.."}) {
    EXPECT_THROW(NormalizedArtifactName(bad), spark::Error) << bad;
  }
}

}  // namespace
}  // namespace hearth::wire
