# Tables of Spark's that a Python script writes as C++ initialisers: hearth_folder(... GENERATED name) makes the folder
# see spark_<...>_table.inc.
#
# hearth_table(NAME FILE INPUT): cmake/generate_NAME.py INPUT OUTPUT writes FILE.
function(hearth_table name file input)
  set(folder "${CMAKE_BINARY_DIR}/gen/${name}")
  set(script "${PROJECT_SOURCE_DIR}/cmake/generate_${name}.py")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${folder}/${file}"
    COMMAND /usr/bin/python3 "${script}" "${input}" "${folder}/${file}"
    DEPENDS "${input}" "${script}"
    COMMENT "Generating ${file}" VERBATIM)
  add_custom_target(hearth_make_${name} DEPENDS "${folder}/${file}")
  add_library(hearth_generated_${name} INTERFACE)
  add_dependencies(hearth_generated_${name} hearth_make_${name})
  target_include_directories(hearth_generated_${name} INTERFACE "${folder}")
endfunction()

hearth_table(conditions spark_condition_table.inc "${HEARTH_DEPS}/conditions/error-conditions.json")
hearth_table(configuration spark_configuration_table.inc "${PROJECT_SOURCE_DIR}/tests/golden/configuration.txt")
