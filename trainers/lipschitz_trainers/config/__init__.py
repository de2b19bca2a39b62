"""Configurations: YAML in, checked and complete descriptions of runs out, every problem at its line."""

from lipschitz_trainers.config.experiment import Experiment as Experiment
from lipschitz_trainers.config.experiment import ResolvedRun as ResolvedRun
from lipschitz_trainers.config.experiment import experiment_names as experiment_names
from lipschitz_trainers.config.experiment import load_experiment as load_experiment
from lipschitz_trainers.config.experiment import make_experiment as make_experiment
from lipschitz_trainers.config.plain import to_plain as to_plain
from lipschitz_trainers.config.problems import Problem as Problem
from lipschitz_trainers.config.run_file import load_run as load_run
from lipschitz_trainers.config.run_file import parse_run as parse_run
from lipschitz_trainers.config.run_file import save_run as save_run
from lipschitz_trainers.config.run_file import validate_file as validate_file
from lipschitz_trainers.config.schema import CheckpointConfig as CheckpointConfig
from lipschitz_trainers.config.schema import CriticConfig as CriticConfig
from lipschitz_trainers.config.schema import EvaluationConfig as EvaluationConfig
from lipschitz_trainers.config.schema import FixedGeneratorConfig as FixedGeneratorConfig
from lipschitz_trainers.config.schema import GeneratorConfig as GeneratorConfig
from lipschitz_trainers.config.schema import RunConfig as RunConfig
