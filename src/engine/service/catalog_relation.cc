#include "engine/service/catalog_relation.h"

#include <string>

#include "engine/service/catalog_call.h"
#include "engine/service/text_result.h"
#include "spark/connect/relations.pb.h"

namespace hearth::engine {
namespace {

using ::spark::connect::Relation;

// The input of a relation that clients put upon a call of the catalog; null for any other.
Relation* InputOf(Relation& relation) {
  switch (relation.rel_type_case()) {
    case Relation::kLimit: return relation.mutable_limit()->mutable_input();
    case Relation::kProject: return relation.mutable_project()->mutable_input();
    case Relation::kFilter: return relation.mutable_filter()->mutable_input();
    case Relation::kSort: return relation.mutable_sort()->mutable_input();
    case Relation::kShowString: return relation.mutable_show_string()->mutable_input();
    default: return nullptr;
  }
}

}  // namespace

void AnswerCatalogBelow(Relation& root, CommandContext& context) {
  Relation* at = &root;
  while (at != nullptr && !at->has_catalog()) at = InputOf(*at);
  if (at == nullptr) return;
  const TextResult rows = AnswerCatalog(at->catalog(), context);
  at->mutable_local_relation()->set_data(Concatenate(EncodeTextResult(rows, context.runtime.buffers())));
}

}  // namespace hearth::engine
