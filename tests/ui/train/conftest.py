"""Each test has a ConvLab folder of its own."""

from tests.training.conftest import lab_home as lab_home
