#include "engine/service/view_catalog.h"

#include <gtest/gtest.h>

#include "spark/error.h"

namespace hearth::engine {
namespace {

ViewPtr View(const std::string& name) {
  return std::make_shared<spark::ViewDefinition>(spark::ViewDefinition{{name}, nullptr, {}});
}

TEST(ViewCatalog, NamesIgnoreCase) {
  ViewCatalog catalog;
  catalog.Create("People", View("People"), false);
  ASSERT_NE(catalog.Find("pEOPLE"), nullptr);
  EXPECT_EQ(catalog.Names(), std::vector<std::string>{"people"});
  EXPECT_TRUE(catalog.Drop("PEOPLE"));
  EXPECT_FALSE(catalog.Drop("people"));
}

TEST(ViewCatalog, ReplacesOnlyWhenAsked) {
  ViewCatalog catalog;
  catalog.Create("v", View("first"), false);
  try {
    catalog.Create("V", View("second"), false);
    FAIL();
  } catch (const spark::Error& error) {
    EXPECT_EQ(error.condition(), "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS");
  }
  EXPECT_EQ(catalog.Find("v")->name[0], "first");
  catalog.Create("V", View("second"), true);
  EXPECT_EQ(catalog.Find("v")->name[0], "second");
}

}  // namespace
}  // namespace hearth::engine
