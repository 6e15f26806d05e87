"""Settings of the property tests."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)  # machines that test are busy
settings.load_profile("no deadline")
