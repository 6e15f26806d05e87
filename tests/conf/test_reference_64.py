import numpy as np

from conf.loading import load_configuration
from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.models import MODELS
from ripieno.models.settings import split_settings


def test_the_reference_model_has_the_published_numbers_of_parameters():
    configuration = load_configuration("reference_64")
    member = configuration.members["reference"]
    architecture = MODELS[member.architecture]
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    normaliser = fit_normaliser(images, AXES[configuration.normalisation.per])
    settings, _ = split_settings(architecture, member.settings)
    model = architecture.build((64, 64, 3), 10, normaliser, **settings)
    counts = [layer.count_params() for layer in model.layers]
    assert [count for count in counts if count] == [155, 2400, 4736, 8896, 9408, 8896, 4128, 330]
    assert architecture.n_parameters(model) == 38_949
