# Finds libtorch, and sets AURA_CUDA where it has CUDA and there is a compiler
# for kernels of ours.
set(TORCH_CUDA_ARCH_LIST "8.0 9.0" CACHE STRING
  "What CUDA kernels are compiled for: A100, and H100 and H200")
find_package(Torch REQUIRED)
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "this libtorch has the strings of GCC 4; take one of the "
    "C++11 ABI: ${Torch_DIR}")
endif()
set(AURA_CUDA OFF)
if(TARGET torch_cuda)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    set(AURA_CUDA ON)
    # CMake 3.25 does not know that nvcc 12 speaks C++20.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
  endif()
endif()
message(STATUS "CUDA kernels: ${AURA_CUDA}")
