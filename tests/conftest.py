"""What holds for all tests."""

from hypothesis import settings

# The first example pays for imports and word lists, and the machine may be busy: a clock proves nothing here.
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
