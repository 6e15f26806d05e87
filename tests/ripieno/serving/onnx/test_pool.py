"""The pool's nodes, run by onnxruntime, against `Pool.predict_proba`."""

import numpy as np
import pytest

from ripieno.pooling import RULES, fit_pool
from ripieno.pooling.pool import Pool
from ripieno.serving.onnx.nodes import Nodes
from ripieno.serving.onnx.pool import add_pool

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def run(pool, proba):
    """What onnxruntime makes of the members' probabilities."""
    from onnx import TensorProto, helper

    nodes = Nodes()
    names = [f"member_{i}" for i in range(len(proba))]
    output = add_pool(nodes, pool, names)
    shape = [None, proba.shape[2]]
    inputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape) for name in names]
    outputs = [helper.make_tensor_value_info(output, TensorProto.DOUBLE, shape)]
    graph = helper.make_graph(nodes.nodes, "pool", inputs, outputs, nodes.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, dict(zip(names, proba, strict=True)))[0]


@pytest.fixture(scope="module")
def proba():
    return np.random.default_rng(0).dirichlet(np.full(4, 0.3), (3, 200))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_nodes(rule, proba):
    labels = proba.mean(axis=0).argmax(axis=1)
    pool = fit_pool(rule, proba, labels)
    np.testing.assert_allclose(run(pool, proba), pool.predict_proba(proba), atol=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_rules_fitted_to_zeros_have_their_nodes(rule, proba):
    labels = proba.mean(axis=0).argmax(axis=1)
    counted = np.round(proba * 5.0) / 5.0  # as by five neighbours
    counted /= counted.sum(axis=2, keepdims=True)
    pool = fit_pool(rule, counted, labels)
    np.testing.assert_allclose(run(pool, counted), pool.predict_proba(counted), atol=1e-9)


@pytest.mark.parametrize("combination", ["arithmetic", "geometric"])
def test_a_pool_of_the_version_before_keeps_its_floors(combination, proba):
    values = {
        "rule": "any",
        "weights": [0.5, 0.2, 0.3] if combination == "arithmetic" else [5.0, 6.0, 8.0],
        "temperatures": [1.0, 1.0, 0.5],
        "certificate": None,
        "combination": combination,
        "temperature": 6.0,
    }
    pool = Pool.from_dict(values)
    np.testing.assert_allclose(run(pool, proba**4), pool.predict_proba(proba**4), atol=1e-12)


def test_temperatures_and_zeros_are_handled_as_the_pool_does(proba):
    certain = np.where(proba > 0.9, 1.0, proba * (proba < 0.1))
    pool = Pool(
        "log_pool",
        np.array([0.5, 1.5, 0.3]),
        np.array([0.5, 1.0, 3.0]),
        combination="geometric",
        temperature=1.7,
    )
    np.testing.assert_allclose(run(pool, certain), pool.predict_proba(certain), atol=1e-9)
