import inspect

import pytest

from ripieno.errors import ConfigurationError
from ripieno.models import MODELS
from ripieno.models.settings import settings_of, split_settings, with_defaults


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_has_a_default_and_a_description(name):
    for setting, parameter in settings_of(MODELS[name]).items():
        assert parameter.default is not inspect.Parameter.empty, setting
        assert any(getattr(each, "description", None) for each in parameter.annotation.__metadata__)


@pytest.mark.parametrize("name", MODELS)
def test_no_setting_is_both_of_build_and_of_fit(name):
    architecture = MODELS[name]
    both = with_defaults(architecture.build, {}).keys() & with_defaults(architecture.fit, {}).keys()

    assert not both


def test_settings_go_where_they_belong():
    build, fit = split_settings(
        MODELS["dense_batchnorm"], {"dense_units": (8,), "epochs": 2, "dropout": 0.5}
    )

    assert build == {"dense_units": (8,), "dropout": 0.5}
    assert fit == {"epochs": 2}


def test_unknown_setting_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigurationError, match=r"Unknown setting 'epoch'\. Nearest: epochs"):
        split_settings(MODELS["dense_batchnorm"], {"epoch": 2})


def test_defaults_fill_what_is_not_given():
    def function(first, *, second=2, third=3):
        pass

    assert with_defaults(function, {"third": 30, "other": 0}) == {"second": 2, "third": 30}
