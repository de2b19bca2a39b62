"""Distances between samples by a critic under a constraint: one function, on top of the trainer."""

from lipschitz_trainers.estimation.result import W1Estimate as W1Estimate
from lipschitz_trainers.estimation.w1 import estimate_w1 as estimate_w1
