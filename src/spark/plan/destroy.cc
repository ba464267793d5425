#include <vector>

#include "spark/plan/expression.h"
#include "spark/plan/relation.h"

namespace hearth::spark {
namespace {

struct Doomed {
  const Expression* expression = nullptr;
  const Relation* relation = nullptr;
};

// The list of the outermost Destroy that runs on this thread.
thread_local std::vector<Doomed>* waiting = nullptr;

void DestroyNow(const Doomed& doomed) noexcept {
  delete doomed.expression;
  delete doomed.relation;
}

void DestroyInTurn(const Doomed& doomed) noexcept {
  if (waiting != nullptr) {
    waiting->push_back(doomed);
    return;
  }
  std::vector<Doomed> list;
  waiting = &list;
  DestroyNow(doomed);
  while (!list.empty()) {
    const Doomed next = list.back();
    list.pop_back();
    DestroyNow(next);
  }
  waiting = nullptr;
}

}  // namespace

void Destroy(const Expression* expression) noexcept { DestroyInTurn({expression, nullptr}); }
void Destroy(const Relation* relation) noexcept { DestroyInTurn({nullptr, relation}); }

}  // namespace hearth::spark
