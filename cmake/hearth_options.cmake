# How all code of Hearth is compiled: the interface target hearth_options, and the tools that make builds fast.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(HEARTH_CCACHE ccache)
if(HEARTH_CCACHE)
  # The sloppiness is what ccache asks for before it caches files that use a precompiled header.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${HEARTH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()
find_program(HEARTH_MOLD mold)
if(HEARTH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--gc-sections -Wl,--as-needed)
add_compile_options(-ffunction-sections -fdata-sections)

set(HEARTH_SANITIZE "" CACHE STRING "Sanitizers to build with, as given to -fsanitize=")
if(HEARTH_SANITIZE)
  add_compile_options(-fsanitize=${HEARTH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HEARTH_SANITIZE})
endif()

add_library(hearth_options INTERFACE)
target_compile_options(hearth_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi
  # Designated initialisers leave fields at their defaults on purpose.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 raises these two falsely from inside std::string and std::optional once it optimises.
  target_compile_options(hearth_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  # ccache asks for this where a precompiled header is used.
  target_compile_options(hearth_options INTERFACE -fpch-preprocess)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Clang sees std::stable_sort of libstdc++ 12 use what C++17 deprecated.
  target_compile_options(hearth_options INTERFACE -Wno-deprecated-declarations)
endif()
if(HEARTH_SANITIZE STREQUAL "thread")
  set(shim "${CMAKE_CURRENT_LIST_DIR}/tsan_mutex.cc")
  file(STRINGS "${shim}" wrapped REGEX "_ZN4absl")
  list(TRANSFORM wrapped REPLACE ".*(_ZN4absl[A-Za-z0-9_]+).*" "LINKER:--wrap=\\1")
  target_sources(hearth_options INTERFACE "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${shim}>")
  target_link_options(hearth_options INTERFACE ${wrapped})
endif()
