"""scikit-learn's own checks of estimators, and its own tests of the classes whose place ours take."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from sklearn.utils.estimator_checks import parametrize_with_checks

import fastnet
from fastnet.sklearn import MLPClassifier, MLPRegressor

#: Tests of scikit-learn that cannot pass, and why: none.
EXCEPTIONS: dict[str, str] = {}

#: what scikit-learn's decorator does; it hands pytest a generator, which pytest 9 warns of
CHECKS = parametrize_with_checks([MLPClassifier(), MLPRegressor()])

CONFTEST = """
import pytest


@pytest.fixture(params=[0, 42])
def global_random_seed(request):
    return request.param
"""


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)
def test_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
def test_scikit_learns_own_tests(tmp_path):
    theirs = find_spec("sklearn.neural_network.tests.test_mlp")
    if theirs is None or theirs.origin is None:
        pytest.skip("this scikit-learn comes without its tests")
    text = Path(theirs.origin).read_text(encoding="utf-8")
    imports = "from sklearn.neural_network import MLPClassifier, MLPRegressor"
    assert text.count(imports) == 1
    module = tmp_path / "test_mlp_with_fastnet.py"
    module.write_text(
        text.replace(imports, imports.replace("sklearn.neural_network", "fastnet.sklearn")), encoding="utf-8"
    )
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    path = os.pathsep.join([str(Path(fastnet.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", str(module)]
    for name in EXCEPTIONS:
        command += ["--deselect", f"{module.name}::{name}"]
    run = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert len(EXCEPTIONS) <= 3 and " passed" in run.stdout
