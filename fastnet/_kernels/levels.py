"""The builds of the heart: dtypes, and instruction sets from the plainest to the best.

Read by setup.py and at import.
"""

import platform

DTYPES = ("float32", "float64")
X86 = platform.machine().lower() in ("x86_64", "amd64")
LEVELS = ("baseline", "avx2", "avx512") if X86 else ("baseline",)
MARCH = {"avx2": ["-march=x86-64-v3"], "avx512": ["-march=x86-64-v4", "-mprefer-vector-width=512"]}
