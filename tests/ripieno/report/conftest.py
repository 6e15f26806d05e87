"""Facts like those of a run, from simulated members: small, seeded, of any size."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from ripieno.evaluation.metrics import METRICS, calibration_bins
from ripieno.report.facts import ReportFacts, choose_pictures

NAMES = ("convnet_batchnorm", "separable_convnet", "dense_batchnorm", "svm", "forest")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
           "Bag", "Ankle boot")  # fmt: skip
SPLITS = ("train_validation", "train_test", "validation_test")


def simulate(n_members, n_samples, n_classes, seed):
    """Probabilities of correlated members, each worse than the one before, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, size=n_samples)
    common = 0.6 * rng.normal(size=(n_samples, n_classes))
    common[np.arange(n_samples), labels] += 3.4
    noise = rng.normal(size=(n_members, n_samples, n_classes))
    spread = np.linspace(1.0, 1.5, n_members)[:, np.newaxis, np.newaxis]
    powers = np.exp(1.3 * (common + spread * noise))
    return powers / powers.sum(axis=2, keepdims=True), labels


def disagree(proba, labels):
    """Let every member prefer another wrong class, and the true one be the second of all."""
    n_members, n_samples, n_classes = proba.shape
    if not 1 < n_members < n_classes:
        return
    proba[:] = 0.1 / (n_classes - 2)
    for i in range(n_members):
        proba[i, np.arange(n_samples), labels] = 0.43
        proba[i, np.arange(n_samples), (labels + i + 1) % n_classes] = 0.47


def scores(proba, labels):
    values = {name: float(metric(proba, labels)) for name, metric in METRICS.items()}
    return values | {"balanced_accuracy": values["accuracy"] - 0.001}


def around(mid, width):
    return [mid - width, mid, mid + 0.9 * width]


def intervals(values, n_samples):
    widths = {"accuracy": 0.3, "log_loss": 1.1, "brier": 0.6}
    wide = {name: around(values[name], width / n_samples**0.5) for name, width in widths.items()}
    wide["accuracy"][2] = min(1.0, wide["accuracy"][2])
    return {name: [max(0.0, value) for value in interval] for name, interval in wide.items()}


def pictures_of(labels, shape, dtype, seed):
    """A bright disc on a darker ground: its place and colour follow from the class."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    rows, columns = np.mgrid[0:height, 0:width]
    angle = labels * 0.7 + rng.normal(scale=0.1, size=len(labels))
    distance = np.hypot(
        rows - height * (0.5 + 0.25 * np.sin(angle))[:, None, None],
        columns - width * (0.5 + 0.25 * np.cos(angle))[:, None, None],
    )
    disc = np.clip(1.4 - distance / (0.22 * max(height, width)), 0, 1)[..., None]
    colour = 0.5 + 0.5 * np.cos(angle[:, None] + 2.1 * np.arange(channels))
    images = np.clip(disc * colour[:, None, None, :] + rng.random((len(labels), *shape)) / 6, 0, 1)
    return np.rint(images * 255).astype(np.uint8) if dtype == "uint8" else images.astype(dtype)


def epochs_of(i, n_epochs, rng):
    numbers = np.arange(1, n_epochs + 1)
    train = 1.9 * np.exp(-numbers / (3 + i)) + 0.08 + rng.normal(scale=0.01, size=n_epochs)
    validation = 1.7 * np.exp(-numbers / (3 + i)) + 0.2 + 0.04 * i
    validation = validation + rng.normal(scale=0.03, size=n_epochs)
    return [
        {"number": int(n), "n_epochs": n_epochs, "seconds": 4.2,
         "metrics": {"train_log_loss": float(t), "validation_log_loss": float(v),
                     "validation_accuracy": float(1 - v / 3)}}
        for n, t, v in zip(numbers, train, validation, strict=True)
    ]  # fmt: skip


def member_entry(i, name, validation, test, weight, labels):
    n = len(labels["test"])
    values = scores(test, labels["test"])
    return {
        "name": name, "architecture": name, "status": "reused" if i == 1 else "trained",
        "cached": i == 1, "run_id": f"{i:032x}", "n_parameters": 571_402 // (i + 1),
        "train_seconds": 512.3 / (i + 1) ** 2, "predict_seconds": n * 0.004 / (i + 1),
        "inference_ms": 4.1 / (i + 1) ** 1.5, "megabytes": 2.4 * (1 + i % 3),
        "validation": scores(validation, labels["validation"]), "test": values,
        "test_intervals": intervals(values, n), "weight": weight, "temperature": 0.6 + 0.1 * i,
        "leave_one_out": {"log_loss": around(0.02 * weight - 0.001 * i, 0.004),
                          "accuracy": around(0.01 * weight - 0.001, 0.003)},
    }  # fmt: skip


def diversity_of(names, predicted, labels):
    wrong = predicted != labels
    pairs = [[(a, b) for b in range(len(names))] for a in range(len(names))]

    def matrix(of):
        return [[of(*pair) for pair in row] for row in pairs]

    return {
        "members": list(names),
        "disagreement": matrix(lambda a, b: float(np.mean(predicted[a] != predicted[b]))),
        "double_fault": matrix(lambda a, b: float(np.mean(wrong[a] & wrong[b]))),
        "q_statistic": matrix(lambda a, b: None if a == b else 0.9),
        "error_correlation": matrix(lambda a, b: None if b == a else 0.4),
        "oracle_accuracy": float(np.mean(~wrong.all(axis=0))),
        "ambiguity": {"mean_member_log_loss": 0.3124, "diversity": 0.0841,
                      "ensemble_log_loss": 0.2283},
    }  # fmt: skip


def bins_of(proba, labels):
    bins = calibration_bins(proba, labels)
    return {
        "confidence": bins.confidence.tolist(), "accuracy": bins.accuracy.tolist(),
        "count": bins.count.tolist(), "ece": float(METRICS["ece"](proba, labels)),
    }  # fmt: skip


def per_class(classes, labels, ensemble, best):
    everything = range(len(classes))
    columns = precision_recall_fscore_support(labels, ensemble, labels=everything, zero_division=0)
    before = f1_score(labels, best, labels=everything, average=None, zero_division=0)
    return [
        {"class": name, "support": int(support), "precision": float(p), "recall": float(r),
         "f1": float(f), "best_member_f1": float(b)}
        for name, p, r, f, support, b in zip(classes, *columns, before, strict=True)
    ]  # fmt: skip


def comparison(reference, name, gain, verdict, note="calibrated"):
    return {
        "reference": reference, "name": name, "note": note, "accuracy": around(gain / 2, 0.006),
        "log_loss": around(gain, 0.009), "brier": around(gain / 2, 0.004),
        "only_ensemble_right": 41, "only_reference_right": 18, "mcnemar_p": 0.0037,
        "verdict": verdict,
    }  # fmt: skip


def errors_of(classes):
    rows = [
        {"image": f"{classes[0]}/{i:04}.png", "given_label": classes[0],
         "suggested_label": classes[1], "proba_given": 0.00123 * (i + 1), "proba_suggested": 0.991,
         "likely_error": i < 2}
        for i in range(3)
    ]  # fmt: skip
    return {"split": "validation", "n_samples": 600, "n_listed": 40, "n_likely": 2, "first": rows}


def sets_of(inside, labels, classes):
    def scores(at):
        sizes = inside[at].sum(axis=1)
        covered = float(np.mean(inside[at, labels[at]]))
        return {
            "coverage": around(covered, 0.3 / len(at) ** 0.5),
            "mean_size": sizes.mean(),
            "singletons": np.mean(sizes == 1),
            "empty": np.mean(sizes == 0),
        }

    rows = {name: np.flatnonzero(labels == k) for k, name in enumerate(classes)}
    everything = scores(np.arange(len(labels)))
    return {
        "test": everything | {"sizes": np.bincount(inside.sum(axis=1)).tolist()},
        "per_class": [{"class": name, "support": len(at)} | scores(at)
                      for name, at in rows.items() if len(at)],
    }  # fmt: skip


def facts_of(
    names=NAMES,
    classes=CLOTHES,
    *,
    failed=("convnet_wide",),
    shape=(28, 28, 1),
    dtype="uint8",
    n_test=1000,
    without_epochs=("svm", "forest"),
    certificate=3.1e-11,
    seed=0,
):
    """A whole run; the first member is the best."""
    m, c = len(names), len(classes)
    proba, labels = {}, {}
    for i, (split, n) in enumerate({"validation": 600, "test": n_test}.items()):
        proba[split], labels[split] = simulate(m, n, c, seed + i)
    disagree(proba["test"][:, :7], labels["test"][:7])
    weights = np.arange(m, 0, -1) / np.arange(1, m + 1).sum()
    if m > 3:
        weights = np.append(weights[:-1], 0.0) / weights[:-1].sum()
    pooled = {split: np.tensordot(weights, proba[split], axes=1) for split in proba}
    predicted = proba["test"].argmax(axis=2)
    names = list(names)
    members = [
        member_entry(i, name, proba["validation"][i], proba["test"][i], float(weights[i]), labels)
        for i, name in enumerate(names)
    ]
    if m == 1:
        del members[0]["leave_one_out"]
    test = scores(pooled["test"], labels["test"])
    raw, calibrated = (
        power / power.sum(axis=1, keepdims=True)
        for power in (pooled["test"] ** 1.2, pooled["test"] ** 2.4)
    )
    headline = (
        f"The ensemble gains 0.0231 nats (0.0142 to 0.0312) and 1.10 points of accuracy over its "
        f"best member, {names[0]}: more than chance would give."
    )
    summary = {
        "run": {
            "name": "fashion-2024-11-02-quiet-viola", "seed": 7, "git_commit": "0f3c" * 10,
            "configuration": {
                "dataset": {"source": "idx", "directory": "data/fashion", "class_names": None},
                "members": {n: {"architecture": n, "filters": [[32], [64, 64]]} for n in names},
                "ensemble": {"rule": "auto", "min_members": 2}, "seed": 7,
            },
            "versions": {"python": "3.12.3", "ripieno": "0.1.0", "keras": "3.15.0",
                         "numpy": "2.3.1"},
            "started": "2024-11-02T10:31:07+00:00", "seconds": 912.4, "mlflow_run_id": "ab" * 16,
            "tracking_uri": "sqlite:////data/mlflow.db", "model": "fashion",
        },
        "data": {
            "source": "idx", "fingerprint": "9c1f" * 8, "image_shape": list(shape),
            "pixels": {"low": 0, "high": 255, "whole": True},
            "dtype": dtype,
            "sizes": {"train": 54_000, "validation": 600, "test": n_test},
            "classes": list(classes),
            "duplicates_across_splits": dict.fromkeys(SPLITS, 0) | {"train_test": 10},
            "near_duplicates_across_splits": dict.fromkeys(SPLITS, 3),
            "dropped_from_train": 0, "constant_features": 2,
            "findings": ["10 test images are in train, bit for bit; they were kept.",
                         "2 features are constant over train: set to 0."],
        },
        "members": [*members, *({
            "name": name, "architecture": name, "status": "failed", "cached": False,
            "run_id": "f" * 32, "error": "MemoryError: unable to allocate 12.4 GiB\n  in epoch 3",
        } for name in failed)],
        "pool": {
            "rule": "linear_pool", "weights": weights.tolist(),
            "temperatures": [0.6 + 0.1 * i for i in range(m)], "certificate": certificate,
            "combination": "arithmetic", "temperature": 1.042, "members": names,
            "objective": "log_loss", "rules_left_out": {},
            "rules_compared": [
                {"rule": rule, "log_loss": 0.2 + 0.004 * i, "standard_error": 0.006,
                 "before": i % 2 == 0, "after": True, "sound": True, "best": True,
                 "chosen": rule == "linear_pool"}
                for i, rule in enumerate(("log_pool", "linear_pool", "stacking",
                                          "greedy_selection", "uniform", "best_member"))
            ],
            "frontier": [
                {"members": names[: -i - 1 : -1], "log_loss": 0.9 / (i + 0.2) ** 0.5,
                 "inference_ms": sum(member["inference_ms"] for member in members[m - i:])}
                for i in range(1, m + 1)
            ],
            "expected_optimism": (int(np.count_nonzero(weights)) - 1) / 1200,
            "prediction_sets": {"coverage": 0.9, "threshold": 0.2173, "n_samples": 600},
        },
        "ensemble": {
            "validation": scores(pooled["validation"], labels["validation"]), "test": test,
            "test_intervals": intervals(test, n_test), "best_member": names[0],
            "headline": headline,
            "gain_over_best_member": {"accuracy": around(0.011, 0.006),
                                      "log_loss": around(0.0231, 0.009),
                                      "brier": around(0.01, 0.004)},
            "comparisons": [
                comparison("best_member", names[0], 0.0231,
                           f"Better than {names[0]}: its log-loss is 0.0231 nats lower, which "
                           "chance does not explain.", "chosen on validation, calibrated"),
                comparison("uniform", "plain mean", 0.0112,
                           "Better than the plain mean, if not by much."),
                comparison("greedy_selection", "greedy selection", 0.0009,
                           "Not distinguishable from greedy selection."),
            ],
            "per_class": per_class(classes, labels["test"], pooled["test"].argmax(axis=1),
                                   predicted[0]),
            "confusion_matrix": confusion_matrix(
                labels["test"], pooled["test"].argmax(axis=1), labels=range(c)).tolist(),
            "calibration": {"before": bins_of(raw, labels["test"]),
                            "after": bins_of(calibrated, labels["test"])},
            "prediction_sets": sets_of(pooled["test"] >= 0.2173, labels["test"], classes),
        },
        "label_errors": errors_of(classes),
        "stages": {"load": 2.1, "train": 840.7, "weigh": 0.3, "evaluate": 64.2, "report": 5.1},
    }  # fmt: skip
    if m > 1:
        summary["diversity"] = diversity_of(names, predicted, labels["test"])
    rng = np.random.default_rng(seed)
    histories = {
        name: epochs_of(i, 1 if name in without_epochs else 16, rng) for i, name in enumerate(names)
    }
    images = pictures_of(labels["test"], shape, dtype, seed)
    chosen = choose_pictures(images, labels["test"], proba["test"], pooled["test"], 0)
    return ReportFacts(summary, histories, *chosen, images[:3])


@pytest.fixture(name="facts_of", scope="session")
def facts_of_fixture():
    return facts_of


@pytest.fixture(scope="session")
def facts():
    return facts_of()


@pytest.fixture(scope="session", params=["refit", "average"])
def facts_in_folds(request):
    """A run whose members were trained in folds."""
    facts = facts_of()
    facts.summary["data"]["folds"] = {
        "n": 5, "seed": 7, "member": request.param, "n_images": 1437,
    }  # fmt: skip
    facts.summary["ensemble"]["comparisons"][0]["note"] = "chosen out-of-fold, calibrated"
    return facts
