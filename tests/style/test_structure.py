"""This repository keeps the rules of structure.py, and each rule notices when it is broken."""

import pathlib
import subprocess

import pytest
import structure

ROOT = pathlib.Path(__file__).resolve().parents[2]

CLEAN_TREE = {
    "CMakeLists.txt": "set(folders\n  base\n  spark spark/types\n  gateway apps)\n",
    "src/base/CMakeLists.txt": "hearth_folder()",
    "src/base/check.h": "#pragma once\n",
    "src/spark/CMakeLists.txt": "hearth_folder(DEPS base)",
    "src/spark/error.h": '#pragma once\n#include "base/check.h"\n',
    "src/spark/types/CMakeLists.txt": "# types\nhearth_folder(\n  DEPS spark\n  LIBS absl::strings)",
    "src/spark/types/data_type.h": '#pragma once\n#include <map>\n#include "base/check.h"\n',
    "src/spark/types/data_type.cc": '#include "spark/types/data_type.h"\n#include "spark/error.h"\n',
    "src/gateway/CMakeLists.txt": "hearth_folder(DEPS spark/types)",
    "src/gateway/relay.cc": "#include <grpcpp/grpcpp.h>\n",
    "src/apps/CMakeLists.txt": "hearth_folder(PROGRAM hearth DEPS gateway)",
    "src/apps/main.cc": "int main() {}\n",
}

# Rule -> the files that are added to or replace those of the clean tree, one change a case.
BREAKS = [
    (structure.includes_follow_declared_dependencies,
     {"src/base/clock.h": '#pragma once\n#include "spark/error.h"\n'}),
    (structure.includes_follow_declared_dependencies,
     {"src/spark/error_test.cc": '#include "spark/types/data_type.h"\n'}),
    (structure.dependencies_point_one_way, {"src/base/CMakeLists.txt": "hearth_folder(DEPS gateway)"}),
    (structure.dependencies_point_one_way, {"src/spark/CMakeLists.txt": "hearth_folder(DEPS base spark/types)"}),
    (structure.dependencies_point_one_way, {"src/spark/CMakeLists.txt": "hearth_folder(DEPS base spark/gone)"}),
    (structure.guarded_headers_stay_where_they_belong, {"src/gateway/relay.h": "#pragma once\n#include <duckdb.h>\n"}),
    (structure.guarded_headers_stay_where_they_belong, {"src/spark/error.cc": "#include <grpcpp/grpcpp.h>\n"}),
    (structure.guarded_headers_stay_where_they_belong,
     {"src/spark/types/data_type.cc": '#include "spark/connect/base.pb.h"\n'}),
    (structure.guarded_headers_stay_where_they_belong, {"src/gateway/journal.cc": "#include <sqlite3.h>\n"}),
    (structure.every_source_belongs_to_a_target, {"src/spark/orphan/lost.cc": ""}),
    (structure.every_source_belongs_to_a_target, {"src/spark/error.cpp": ""}),
    (structure.every_source_belongs_to_a_target, {"src/spark/main.cc": ""}),
    (structure.every_source_belongs_to_a_target, {"src/store/CMakeLists.txt": "hearth_folder()", "src/store/a.cc": ""}),
    (structure.names_say_what_a_thing_is, {"src/base/string_utils.h": "#pragma once\n"}),
    (structure.names_say_what_a_thing_is, {"tests/common.py": ""}),
    (structure.names_say_what_a_thing_is, {"src/base/check.h": "#pragma once\nclass CheckManager final {};\n"}),
    (structure.headers_are_included_once, {"src/base/check.h": "#ifndef CHECK_H\n#endif\n"}),
    (structure.no_test_is_switched_off, {"src/base/check_test.cc": "TEST(Check, DISABLED_Fails) {}\n"}),
    (structure.files_name_no_registry_and_no_machine, {"scripts/get.sh": "curl https://" + "pypi" + ".org/simple\n"}),
    (structure.files_name_no_registry_and_no_machine, {"docs/a.md": "look in " + "/" + "work/main\n"}),
]


def write_tree(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run("git init -q . && git add .", shell=True, cwd=root, check=True)


@pytest.mark.parametrize("rule", structure.RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps(rule):
    broken = rule(ROOT)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("rule", structure.RULES, ids=lambda rule: rule.__name__)
def test_a_clean_tree_keeps(rule, tmp_path):
    write_tree(tmp_path, CLEAN_TREE)
    assert rule(tmp_path) == []


@pytest.mark.parametrize("rule,change", BREAKS, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_tree_is_noticed(rule, change, tmp_path):
    write_tree(tmp_path, CLEAN_TREE | change)
    assert rule(tmp_path) != []
