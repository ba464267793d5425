#include "wire/artifact_upload.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include "spark/error.h"

namespace hearth::wire {
namespace {

using Request = ::spark::connect::AddArtifactsRequest;

void Fill(const std::string& data, Request::ArtifactChunk* chunk) {
  chunk->set_data(data);
  chunk->set_crc(Crc32(data));
}

TEST(Crc32, IsJavas) { EXPECT_EQ(Crc32("123456789"), 0xCBF43926U); }

TEST(ArtifactUpload, SmallOnesComeTogether) {
  Request request;
  for (const char* name : {"cache/a", "cache/b"}) {
    auto* artifact = request.mutable_batch()->add_artifacts();
    artifact->set_name(name);
    Fill(name, artifact->mutable_data());
  }
  request.mutable_batch()->mutable_artifacts(1)->mutable_data()->set_crc(7);
  ArtifactUpload upload(100);
  const auto artifacts = upload.Take(request);
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
  EXPECT_TRUE(upload.Take(begin).empty());
  EXPECT_FALSE(upload.complete());
  Request next;
  Fill("two", next.mutable_chunk());
  const auto artifacts = upload.Take(next);
  ASSERT_EQ(artifacts.size(), 1U);
  EXPECT_EQ(artifacts[0].content, "onetwo");
  EXPECT_TRUE(upload.complete());
}

TEST(ArtifactUpload, RefusesWhatIsOutOfOrderOrTooLarge) {
  Request chunk;
  Fill("data", chunk.mutable_chunk());
  EXPECT_THROW(ArtifactUpload(100).Take(chunk), spark::Error);
  Request begin;
  begin.mutable_begin_chunk()->set_num_chunks(1);
  Fill("data", begin.mutable_begin_chunk()->mutable_initial_chunk());
  EXPECT_THROW(ArtifactUpload(3).Take(begin), spark::Error);
  EXPECT_EQ(ArtifactUpload(4).Take(begin).size(), 1U);
}

}  // namespace
}  // namespace hearth::wire
