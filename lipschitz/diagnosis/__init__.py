"""What is wrong with a critic, before training: `diagnose` looks at everything a gradient penalty relies on.

Every check is one module here, and works on a copy. `examination` lists them; `findings` lists all codes.
"""

from lipschitz.diagnosis.examination import diagnose as diagnose
from lipschitz.diagnosis.findings import CODES as CODES
from lipschitz.diagnosis.findings import Diagnosis as Diagnosis
from lipschitz.diagnosis.findings import Finding as Finding
from lipschitz.diagnosis.requirement import require_trainable_slopes as require_trainable_slopes
