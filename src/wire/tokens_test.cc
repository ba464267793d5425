#include "wire/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace hearth::wire {
namespace {

std::string FileWith(const std::string& text, mode_t mode = 0600) {
  const std::string path = testing::TempDir() + "/tokens";
  std::ofstream(path, std::ios::trunc) << text;
  ::chmod(path.c_str(), mode);
  return path;
}

TEST(TokensTest, KnowsAUserByTheToken) {
  EXPECT_EQ(HashOfToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto tokens = Tokens::Read(
      FileWith("# ours\n" + HashOfToken("abc") + "  ada # her laptop\n\n" + HashOfToken("def") + " bob"));
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ(tokens->UserOf("Bearer abc"), "ada");
  EXPECT_EQ(tokens->UserOf("bearer def"), "bob");
  EXPECT_EQ(tokens->UserOf("Bearer abd"), std::nullopt);
  EXPECT_EQ(tokens->UserOf("Bearer "), std::nullopt);
  EXPECT_EQ(tokens->UserOf("Basic abc"), std::nullopt);
  EXPECT_EQ(tokens->UserOf(""), std::nullopt);
  EXPECT_EQ(tokens->UserOf("Bearer " + HashOfToken("abc")), std::nullopt) << "the hash is no token";
}

TEST(TokensTest, RefusesFilesThatAreNone) {
  EXPECT_FALSE(Tokens::Read("/no/such/file").ok());
  EXPECT_FALSE(Tokens::Read(FileWith("# nobody\n")).ok());
  const auto broken = Tokens::Read(FileWith(HashOfToken("a") + " ada\nsecret bob\n"));
  EXPECT_NE(broken.status().message().find("line 2"), absl::string_view::npos) << broken.status();
  EXPECT_EQ(broken.status().message().find("secret"), absl::string_view::npos) << "it may be a token";
  EXPECT_FALSE(Tokens::Read(FileWith(HashOfToken("a") + " ada x")).ok());
  EXPECT_FALSE(Tokens::Read(FileWith(HashOfToken("a") + " ada", 0666)).ok());
}

}  // namespace
}  // namespace hearth::wire
