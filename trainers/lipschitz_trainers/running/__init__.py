"""From configurations to output folders: one run, and experiments of many runs."""
