"""The verbs of the command line. What a verb needs is imported when it is run."""

from flows.verbs.models import VERBS as MODELS
from flows.verbs.services import VERBS as SERVICES
from flows.verbs.training import VERBS as TRAINING
from flows.verbs.verb import Verb

VERBS: dict[str, Verb] = {**TRAINING, **MODELS, **SERVICES}
