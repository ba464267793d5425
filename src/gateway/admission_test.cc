#include "gateway/admission.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace hearth::gateway {
namespace {

class AdmissionTest : public testing::Test {
 protected:
  // Enters, and keeps the pass when it comes.
  bool Enter(const std::string& user, int number) {
    return admission_.Enter(
        user,
        [this, number](std::unique_ptr<Admission::Pass> pass) {
          admitted_.push_back(number);
          passes_[number] = std::move(pass);
        },
        &places_[number]);
  }

  // Out of the map first: giving one back may bring the next into it.
  void GiveBack(int number) { passes_.extract(number); }
  void GiveBackAll() {
    while (!passes_.empty()) passes_.extract(passes_.begin());
  }
  void TearDown() override { GiveBackAll(); }

  Admission admission_{{.running_max = 2, .waiting_max = 2}};
  std::map<int, Admission::Place> places_;
  std::map<int, std::unique_ptr<Admission::Pass>> passes_;
  std::vector<int> admitted_;
};

TEST_F(AdmissionTest, SoManyOfAUserRunAndTheOthersFollowInTheirOrder) {
  for (int i = 1; i <= 4; ++i) EXPECT_TRUE(Enter("ada", i));
  EXPECT_EQ(admitted_, (std::vector{1, 2}));
  EXPECT_EQ(places_[2], 0u);
  EXPECT_EQ(admission_.waiting(), 2u);
  GiveBack(2);
  EXPECT_EQ(admitted_, (std::vector{1, 2, 3}));
  GiveBack(1);
  EXPECT_EQ(admitted_, (std::vector{1, 2, 3, 4}));
  GiveBackAll();
  EXPECT_TRUE(Enter("ada", 5));
  EXPECT_EQ(places_[5], 0u);
}

TEST_F(AdmissionTest, NobodyWaitsForAnother) {
  for (int i = 1; i <= 3; ++i) Enter("ada", i);
  EXPECT_TRUE(Enter("bob", 4));
  EXPECT_EQ(admitted_, (std::vector{1, 2, 4}));
}

TEST_F(AdmissionTest, RefusesWhenTooManyWait) {
  for (int i = 1; i <= 4; ++i) Enter("ada", i);
  EXPECT_FALSE(Enter("ada", 5));
  GiveBack(1);
  EXPECT_TRUE(Enter("ada", 6));
}

TEST_F(AdmissionTest, WhoGivesUpIsPassedOver) {
  for (int i = 1; i <= 4; ++i) Enter("ada", i);
  admission_.GiveUp("ada", places_[3]);
  admission_.GiveUp("ada", places_[3]);
  GiveBack(1);
  EXPECT_EQ(admitted_, (std::vector{1, 2, 4}));
}

TEST(AdmissionDepthTest, ManyThatAreOverAtOnceDoNotStandOnEachOther) {
  constexpr int kMany = 1'000'000;
  Admission admission({.running_max = 1, .waiting_max = kMany});
  std::unique_ptr<Admission::Pass> first;
  Admission::Place place;
  admission.Enter("ada", [&](std::unique_ptr<Admission::Pass> pass) { first = std::move(pass); }, &place);
  int over = 0;
  for (int i = 0; i < kMany; ++i)
    admission.Enter("ada", [&](const std::unique_ptr<Admission::Pass>&) { ++over; }, &place);
  first = nullptr;
  EXPECT_EQ(over, kMany);
  EXPECT_EQ(admission.waiting(), 0u);
}

TEST_F(AdmissionTest, APassGivenBackAtOnceGoesOnToTheNext) {
  Enter("ada", 1);
  Enter("ada", 2);
  Admission::Place place;
  admission_.Enter("ada", [](const std::unique_ptr<Admission::Pass>&) {}, &place);
  Enter("ada", 4);
  GiveBack(1);
  EXPECT_EQ(admitted_, (std::vector{1, 2, 4}));
}

}  // namespace
}  // namespace hearth::gateway
