"""The leaderboard of critics against a known optimum."""

from lipschitz_trainers.reports.leaderboards import DRAWERS as DRAWERS
