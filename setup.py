"""The extension modules and their flags; everything else about the package is in pyproject.toml.

`fastnet/_kernels/core.pyx` is built once for each dtype and instruction set. FASTNET_DEBUG=1 builds with
bounds checks and the compiler's undefined-behaviour traps; FASTNET_LEVELS=avx2 (say) builds some
instruction sets only.
"""

import os
import runpy
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

BUILDS = runpy.run_path(
    "fastnet/_kernels/levels.py"
)  # by path: importing the package would need what is built here
DTYPES, MARCH = BUILDS["DTYPES"], BUILDS["MARCH"]
LEVELS = [level for level in BUILDS["LEVELS"] if level in os.environ.get("FASTNET_LEVELS", level)]
DEBUG = os.environ.get("FASTNET_DEBUG", "") not in ("", "0")
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "embedsignature": True,
    "auto_pickle": False,
}
# -ffp-contract=fast is the default of GCC, not of Clang; -fno-math-errno lets sqrt be an instruction. Never
# -ffast-math:
# loading a library linked with it changes the floating-point mode of the whole process.
FLAGS = ["-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-fno-strict-aliasing", "-Wno-psabi"]
FLAGS += (
    ["-O1", "-g", "-fsanitize=bounds,alignment,null", "-fsanitize-undefined-trap-on-error"]
    if DEBUG
    else ["-O3", "-g0"]
)
# Tiles live in registers only if their loops are unrolled and their functions inlined, whatever their size.
UNROLL = (
    []
    if DEBUG
    else [
        "--param=max-completely-peeled-insns=1000",
        "--param=max-completely-peel-times=32",
        "-fno-inline-functions",
        "-fno-inline-functions-called-once",
    ]
)
INLINE = [] if DEBUG else [("CYTHON_INLINE", "inline __attribute__((always_inline, unused))")]


class BuildExt(build_ext):
    """Builds modules side by side, and says in one line what is wrong with a compiler that cannot."""

    def build_extensions(self):
        if self.compiler.compiler_type == "msvc":
            sys.exit(
                "fastnet needs GCC or Clang: its kernels use their vector types, which MSVC does not have "
                "(on Windows, build with clang-cl or MinGW-w64)"
            )
        super().build_extensions()


def gcc_only(flags):
    return flags if "clang" not in (os.environ.get("CC") or "") and sys.platform != "darwin" else []


def core_modules():
    extensions = []
    for level in LEVELS:
        for dtype in DTYPES:
            # a build_dir of its own for each: they share one source, and would share one C file too
            [module] = cythonize(
                Extension(f"fastnet._kernels.core_{dtype}_{level}", ["fastnet/_kernels/core.pyx"]),
                build_dir=f"build/cython/{dtype}_{level}",
                compiler_directives=DIRECTIVES,
                quiet=True,
            )
            # the flags afterwards: cythonize would hand those of one module on to the next
            module.include_dirs = ["fastnet/_kernels"]
            module.define_macros = INLINE
            module.extra_compile_args = FLAGS + gcc_only(UNROLL) + MARCH.get(level, [])
            if dtype == "float64":
                module.extra_compile_args.append("-DFASTNET_DOUBLE")
            module.depends = [
                f"fastnet/_kernels/{name}"
                for name in os.listdir("fastnet/_kernels")
                if name.endswith((".h", ".pxd", ".pxi"))
            ]
            extensions.append(module)
    return extensions


def plain_modules():
    return cythonize(
        [
            Extension(
                name,
                [name.replace(".", "/") + ".pyx"],
                include_dirs=["fastnet/_kernels"],
                extra_compile_args=FLAGS,
            )
            for name in ("fastnet._kernels._cpu", "fastnet._kernels._compact", "fastnet.nielsen._shuffle")
        ],
        build_dir="build/cython/plain",
        compiler_directives=DIRECTIVES,
        quiet=True,
    )


setup(
    ext_modules=plain_modules() + core_modules(),
    cmdclass={"build_ext": BuildExt},
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
