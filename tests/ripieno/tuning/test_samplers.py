import importlib.util

import pytest
from optuna.samplers import GridSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.storages import InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from ripieno.errors import ConfigurationError
from ripieno.tuning.dimensions import Choices, Range
from ripieno.tuning.per_trial import generation_of
from ripieno.tuning.samplers import SAMPLERS, check_sampler, grid_values, n_combinations

CASES = {
    "bayesian": (TPESampler, {"startup_trials": 4}),
    "genetic": (NSGAIISampler, {"population": 3}),
    "grid": (GridSampler, {"points": 3}),
    "random": (RandomSampler, {}),
}
NUMBERS = {"x": Range(-1.0, 1.0), "rate": Range(1e-4, 1e-1, log=True), "n": Range(1, 9)}
experimental = pytest.mark.filterwarnings(  # Optuna marks all crossovers and mutations so
    "ignore::optuna.exceptions.ExperimentalWarning"
)


def test_every_sampler_has_its_case():
    assert CASES.keys() == SAMPLERS.keys()


@pytest.mark.parametrize("kind", CASES)
class TestEverySampler:
    def test_is_the_one_it_is_called_after(self, kind, toy):
        assert type(toy(kind, **CASES[kind][1]).study.sampler.current) is CASES[kind][0]

    def test_proposes_the_same_from_the_same_seed(self, kind, toy):
        settings = CASES[kind][1]
        runs = [toy(kind, seed=7, **settings).run(12).params for _ in range(2)]
        assert runs[0] == runs[1]

    def test_proposes_others_from_another_seed(self, kind, toy):
        settings = CASES[kind][1]
        first, second = (toy(kind, seed=seed, **settings).run(12).params for seed in (7, 8))
        assert first != second

    def test_never_repeats_what_it_drew_for_the_first_trial(self, kind, toy):
        params = toy(kind, **CASES[kind][1]).run(3).params
        assert params[0] != params[1] != params[2]

    @pytest.mark.parametrize("n_before", [1, 4, 11])
    def test_goes_on_in_memory_as_if_nothing_had_ended_it(self, kind, n_before, toy):
        settings, storage = CASES[kind][1], InMemoryStorage()
        toy(kind, storage=storage, **settings).run(n_before)
        resumed = toy(kind, storage=storage, **settings).run(14 - n_before)
        assert resumed.params == toy(kind, **settings).run(14).params

    def test_goes_on_from_a_journal_as_if_nothing_had_ended_it(self, kind, toy, tmp_path):
        def journal():
            return JournalStorage(JournalFileBackend(str(tmp_path / "toy.journal")))

        settings = CASES[kind][1]
        for n_trials in (5, 1, 7):
            resumed = toy(kind, storage=journal(), **settings).run(n_trials)
        assert resumed.params == toy(kind, **settings).run(13).params

    def test_stays_within_the_space(self, kind, toy):
        for params in toy(kind, **CASES[kind][1]).run(20).params:
            assert -1.0 <= params["x"] <= 1.0
            assert 1e-4 <= params["rate"] <= 1e-1
            assert params["n"] in (1, 2, 3, 4)
            assert 8 <= params["width"] <= 64
            assert params["share"] in (0.0, 0.5, 1.0)
            assert params["kind"] in ("plain", None, "[1, 2]")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs make setup-gp")
def test_a_gaussian_process_is_the_other_bayesian_model(toy):
    search = toy("bayesian", model="gp", startup_trials=2).run(4)
    assert type(search.study.sampler.current).__name__ == "GPSampler"
    assert toy("bayesian", model="gp", startup_trials=2).run(4).params == search.params


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is there")
def test_a_gaussian_process_without_pytorch_is_refused():
    with pytest.raises(ConfigurationError, match=r"^sampler\.model: gp needs PyTorch.*choose tpe"):
        check_sampler("bayesian", {"model": "gp", "startup_trials": 10}, NUMBERS)


def test_the_model_is_asked_after_the_startup_trials(toy):
    random = toy("bayesian", startup_trials=20).run(12).params
    guided = toy("bayesian", startup_trials=5).run(12).params
    assert guided[:5] == random[:5]
    assert guided[5:] != random[5:]


@pytest.mark.parametrize("startup_trials", [0, 1])
def test_the_model_may_begin_at_once(toy, startup_trials):
    assert len(toy("bayesian", startup_trials=startup_trials).run(6).params) == 6


def test_a_model_finds_a_better_trial_than_chance(toy):
    # The mean of five searches, so that no lucky draw decides.
    def mean_best(kind, **settings):
        best = [toy(kind, seed=s, **settings).run(40).study.best_value for s in range(5)]
        return sum(best) / len(best)

    assert mean_best("bayesian") < mean_best("random")


def test_a_generation_has_as_many_trials_as_the_population(toy):
    trials = toy("genetic", population=4).run(12).study.trials
    assert [generation_of(trial) for trial in trials] == [0] * 4 + [1] * 4 + [2] * 4


def test_only_the_genetic_search_has_generations(toy):
    assert {generation_of(trial) for trial in toy("random").run(3).study.trials} == {None}


def test_children_are_near_copies_of_the_best_where_nothing_mutates(toy):
    search = toy("genetic", population=4, mutation_probability=0.0, swapping_probability=0.0)
    params = search.run(12).params
    assert all(child in params[:4] for child in params[4:])


def test_generations_go_on_where_a_search_ended_within_one(toy):
    storage = InMemoryStorage()
    toy("genetic", population=4, storage=storage).run(6)
    trials = toy("genetic", population=4, storage=storage).run(6).study.trials
    assert [generation_of(trial) for trial in trials] == [0] * 4 + [1] * 4 + [2] * 4


@experimental
@pytest.mark.parametrize("mutation", ["uniform", "polynomial"])
@pytest.mark.parametrize("crossover", ["uniform", "blx_alpha", "sbx", "spx", "undx", "vsbx"])
def test_every_crossover_runs_with_every_mutation(toy, crossover, mutation):
    search = toy("genetic", population=3, crossover=crossover, mutation=mutation).run(10)
    assert {generation_of(trial) for trial in search.study.trials} == {0, 1, 2, 3}


@experimental
@pytest.mark.parametrize("crossover", ["uniform", "blx_alpha", "sbx", "spx", "undx", "vsbx"])
def test_every_crossover_runs_where_there_are_choices_only(toy, crossover):
    space = {"a": Choices(("x", "y", "z")), "b": Choices((1, 2, 3))}
    search = toy("genetic", population=3, crossover=crossover, space=space, cost=lambda v: v["b"])
    assert len(search.run(8).params) == 8


@experimental
def test_a_polynomial_mutation_stays_near_the_parent(toy):
    def farthest(mutation):
        search = toy(
            "genetic",
            population=2,
            mutation=mutation,
            mutation_probability=1.0,
            crossover_probability=0.0,
            space={"x": Range(0.0, 1.0)},
            cost=lambda values: values["x"],
        ).run(40)
        x = [params["x"] for params in search.params]
        return sum(min(abs(x[i] - p) for p in x[:i]) for i in range(2, 40))

    assert farthest("polynomial") < farthest("uniform")


@pytest.mark.parametrize("crossover", ["spx", "undx"])
def test_crossovers_of_three_parents_need_three(crossover):
    with pytest.raises(ConfigurationError) as error:
        check_sampler("genetic", {"crossover": crossover, "population": 2}, NUMBERS)
    assert str(error.value) == (
        f"sampler.population: expected 3 or more for {crossover}, which mixes three parents,"
        " received 2."
    )
    check_sampler("genetic", {"crossover": crossover, "population": 3}, NUMBERS)


def test_a_grid_tries_every_combination_once(toy):
    space = {
        "n": Range(1, 3, integer=True),
        "share": Range(0.0, 1.0, step=0.5),
        "kind": Choices((None, True, "a", [1, 2])),
    }
    n = n_combinations(space, 3)
    params = toy("grid", space=space, cost=lambda values: 0.0).run(n).params
    assert n == 3 * 3 * 4
    combinations = {(p["n"], p["share"], str(p["kind"])) for p in params}
    assert combinations == {
        (n, share, kind)
        for n in (1, 2, 3)
        for share in (0.0, 0.5, 1.0)
        for kind in ("None", "True", "a", "[1, 2]")
    }


def test_a_grid_in_two_calls_tries_every_combination_once(toy):
    space, storage = {"a": Range(0, 8, integer=True)}, InMemoryStorage()
    for n_trials in (3, 2, 4):
        search = toy(
            "grid", points=9, space=space, storage=storage, cost=lambda values: values["a"]
        ).run(n_trials)
    assert sorted(params["a"] for params in search.params) == list(range(9))


def test_a_grid_tries_its_combinations_in_another_order_for_another_seed(toy):
    space = {"a": Range(0, 8, integer=True)}
    orders = [
        [p["a"] for p in toy("grid", points=9, space=space, seed=s, cost=lambda v: 0).run(9).params]
        for s in (1, 2)
    ]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_a_grid_has_its_number_of_points_on_each_range_without_a_step():
    space = {"rate": Range(1e-4, 1e-2, log=True), "x": Range(0.0, 1.0), "c": Choices(("a", "b"))}
    assert grid_values(space, 3) == {
        "rate": [1e-4, pytest.approx(1e-3), 1e-2],
        "x": [0.0, 0.5, 1.0],
        "c": ["a", "b"],
    }
    assert n_combinations(space, 3) == 3 * 3 * 2
    assert n_combinations(space, 5) == 5 * 5 * 2


def test_a_grid_that_is_too_large_is_refused_in_one_line():
    space = {f"x{i}": Range(0.0, 1.0) for i in range(9)} | {"kind": Choices(tuple("abcdef"))}
    with pytest.raises(ConfigurationError) as error:
        check_sampler("grid", {"points": 3}, space)
    assert str(error.value) == (
        "sampler: expected a grid of at most 100,000 combinations, received 1.2e+05 of 10"
        " hyperparameters. Fix some of them, as in kind: a."
    )


def test_a_grid_of_a_hundred_thousand_is_allowed():
    check_sampler("grid", {"points": 10}, {f"x{i}": Range(0.0, 1.0) for i in range(5)})
    with pytest.raises(ConfigurationError):
        check_sampler("grid", {"points": 11}, {f"x{i}": Range(0.0, 1.0) for i in range(5)})


def test_no_two_trials_of_any_seed_draw_the_same(toy):
    space = {"x": Range(0.0, 1.0)}
    searches = [toy("random", seed=s, space=space, cost=lambda v: 0) for s in (0, 1, 2**32 - 1)]
    drawn = {params["x"] for search in searches for params in search.run(50).params}
    assert len(drawn) == 150
