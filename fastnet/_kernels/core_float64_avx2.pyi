from fastnet._kernels.core_float32_baseline import (
    DTYPE as DTYPE,
)
from fastnet._kernels.core_float32_baseline import (
    LANES as LANES,
)
from fastnet._kernels.core_float32_baseline import (
    Engine as Engine,
)
from fastnet._kernels.core_float32_baseline import (
    Shares as Shares,
)
from fastnet._kernels.core_float32_baseline import (
    Trainer as Trainer,
)
from fastnet._kernels.core_float32_baseline import (
    apply as apply,
)
from fastnet._kernels.core_float32_baseline import (
    is_finite as is_finite,
)
from fastnet._kernels.core_float32_baseline import (
    rehearse as rehearse,
)
from fastnet._kernels.core_float32_baseline import (
    work_as as work_as,
)
