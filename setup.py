"""The extension modules and their flags; everything else about the package is in pyproject.toml.

`fastnet/_kernels/core.pyx` is translated to C once and compiled once for each dtype and instruction set.
FASTNET_DEBUG=1 builds with bounds checks and the compiler's undefined-behaviour traps; FASTNET_LEVELS=avx2
(say) builds some instruction sets only. FASTNET_WIDE=1 makes of "avx512" a build that any processor with AVX2
can run, slowly: words of 64 bytes out of two registers each, to test what hangs on their width.
"""

import os
import runpy
import sys
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

BUILDS = runpy.run_path(
    "fastnet/_kernels/levels.py"
)  # by path: importing the package would need what is built here
DTYPES, MARCH = BUILDS["DTYPES"], BUILDS["MARCH"]
LEVELS = [level for level in BUILDS["LEVELS"] if level in os.environ.get("FASTNET_LEVELS", level)]
DEBUG = os.environ.get("FASTNET_DEBUG", "") not in ("", "0")
WIDE = [("FASTNET_WIDE", None)] if os.environ.get("FASTNET_WIDE", "") not in ("", "0") else []
if WIDE:
    MARCH["avx512"] = MARCH["avx2"]
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "embedsignature": True,
    "auto_pickle": False,
    "binding": False,
}
SOURCES = {
    "fastnet._kernels.core": "fastnet/_kernels/core.pyx",
    "fastnet._kernels._compact": "fastnet/_kernels/_compact.pyx",
    "fastnet._kernels._order": "fastnet/_kernels/_order.pyx",
    "fastnet._kernels._cpu": "fastnet/_kernels/_cpu.pyx",
    "fastnet.nielsen._shuffle": "fastnet/nielsen/_shuffle.pyx",
    "fastnet._kernels._cython": "fastnet/_kernels/_cython.c",
}
# -ffp-contract=fast is the default of GCC, not of Clang; -fno-math-errno lets sqrt be an instruction. Never
# -ffast-math: loading a library linked with it changes the floating-point mode of the whole process.
FLAGS = ["-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-fno-strict-aliasing", "-Wno-psabi", "-g0"]
FAST = ["-O3"]
# Half the time to build, for what nobody waits for when it runs: Cython's own code, and kernels that only a
# processor without AVX2 uses (they take a fifth longer, some small networks two thirds).
BRIEF = ["-O1", "-fpeel-loops"]
if DEBUG:
    FAST = BRIEF = ["-O1", "-g", "-fsanitize=bounds,alignment,null", "-fsanitize-undefined-trap-on-error"]
# Tiles live in registers only if their loops are unrolled and their functions inlined, whatever their size;
# what is inlined or copied beyond that only takes time to build.
UNROLL = (
    []
    if DEBUG
    else [
        "--param=max-completely-peeled-insns=1000",
        "--param=max-completely-peel-times=32",
        "-fno-inline-functions",
        "-fno-inline-functions-called-once",
        "-fno-inline-small-functions",
        "-fno-ipa-cp-clone",
    ]
)
INLINE = [] if DEBUG else [("CYTHON_INLINE", "inline __attribute__((always_inline, unused))")]


class BuildExt(build_ext):
    """Builds modules side by side, and says in one line what is wrong with a compiler that cannot."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # here: an editable install drops setup's own options

    def build_extensions(self):
        if self.compiler.compiler_type == "msvc":
            sys.exit(
                "fastnet needs GCC or Clang: its kernels use their vector types, which MSVC does not have "
                "(on Windows, build with clang-cl or MinGW-w64)"
            )
        super().build_extensions()


def gcc_only(flags):
    return flags if "clang" not in (os.environ.get("CC") or "") and sys.platform != "darwin" else []


def translated():
    """Let Cython write the C of all modules; what all need of Cython itself lies in a module of its own."""
    modules = cythonize(
        [Extension(name, [source]) for name, source in SOURCES.items()],
        build_dir="build/cython",
        compiler_directives=DIRECTIVES,
        shared_utility_qualified_name="fastnet._kernels._cython",
        nthreads=os.cpu_count() or 1,
        quiet=True,
    )
    for module in modules:  # the flags afterwards: cythonize would hand those of one module on to the next
        module.include_dirs = ["fastnet/_kernels"]
        module.define_macros = WIDE if module.name.endswith("._cpu") else []
        module.extra_compile_args = FLAGS + (BRIEF if module.name.endswith("._cython") else FAST)
    return modules


def cores(core):
    """One module for each dtype and instruction set, all from the C of `core`."""
    for level in LEVELS:
        for dtype in DTYPES:
            name = f"core_{dtype}_{level}"
            source = f"build/cython/{name}.c"
            write_once(source, f'#define PyInit_core PyInit_{name}\n#include "fastnet/_kernels/core.c"\n')
            yield Extension(
                f"fastnet._kernels.{name}",
                [source],
                depends=core.sources + glob("fastnet/_kernels/*.h"),
                include_dirs=core.include_dirs,
                define_macros=INLINE
                + ([("FASTNET_DOUBLE", None)] if dtype == "float64" else [])
                + (WIDE if level == "avx512" else []),
                extra_compile_args=FLAGS
                + (BRIEF if level == "baseline" and len(LEVELS) > 1 else FAST)
                + gcc_only(UNROLL)
                + MARCH.get(level, []),
            )


def weight(module):
    """Order modules by how long they take to compile, the longest first."""
    if "core_" not in module.name:
        return 1
    return 2 if "baseline" in module.name else 0


def write_once(path, text):
    """Write a small file unless it is there already, so that its age tells when it last changed."""
    if not (os.path.exists(path) and open(path).read() == text):
        with open(path, "w") as file:
            file.write(text)


# Longer work first, so that nothing is left to compile alone at the end.
core, *others = translated()
setup(ext_modules=sorted([*cores(core), *others], key=weight), cmdclass={"build_ext": BuildExt})
