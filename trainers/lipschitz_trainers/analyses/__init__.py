"""From a folder of finished runs to statements: results, statistics, rankings, verdicts."""

from lipschitz_trainers.analyses.ranking import Ranking as Ranking
from lipschitz_trainers.analyses.ranking import rank as rank
from lipschitz_trainers.analyses.results import Claim as Claim
from lipschitz_trainers.analyses.results import Results as Results
from lipschitz_trainers.analyses.results import RunResult as RunResult
from lipschitz_trainers.analyses.statistics import paired_comparison as paired_comparison
from lipschitz_trainers.analyses.statistics import sign_test as sign_test
from lipschitz_trainers.analyses.statistics import summary as summary
from lipschitz_trainers.analyses.study import load_study as load_study
from lipschitz_trainers.analyses.verdict import verdict as verdict

__all__ = [
    "Claim",
    "Ranking",
    "Results",
    "RunResult",
    "load_study",
    "paired_comparison",
    "rank",
    "sign_test",
    "summary",
    "verdict",
]
